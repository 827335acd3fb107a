package dev.sockeye.benchmarks;

import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.IgnoreError;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a call into C costs by jnr-ffi as the library binds it, beside plain JNI and, from JDK 22 on, java.lang.foreign: a
 * function with the arguments of sockeye_receive() that does nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NativeCallBenchmark {
    /** The function for jnr-ffi: integers only, errno not saved. */
    public interface Library {
        @IgnoreError
        int benchmark_call(int fd, long batch, long timeoutNanos);
    }

    private static final Path FILE = Programs.find("libbenchmark-call.so");
    private static final Library LIBRARY = LibraryLoader.create(Library.class).load(FILE.toString());

    private static final MethodHandle FOREIGN = ForeignCall.find(FILE, "benchmark_call");

    static {
        System.load(FILE.toString());
    }

    private int fd = 7;
    private long batch = 4096;
    private long timeoutNanos = -1;

    /** As the library does it. */
    @Benchmark
    public int jnrFfi() {
        return LIBRARY.benchmark_call(fd, batch, timeoutNanos);
    }

    /** By the JVM's native interface. */
    @Benchmark
    public int jni() {
        return jniCall(fd, batch, timeoutNanos);
    }

    /** By java.lang.foreign. */
    @Benchmark
    public int foreign() throws Throwable {
        if (FOREIGN == null) {
            throw new IllegalStateException("needs JDK " + ForeignCall.FIRST_JDK + " or newer");
        }
        return (int) FOREIGN.invokeExact(fd, batch, timeoutNanos);
    }

    private static native int jniCall(int fd, long batch, long timeoutNanos);
}
