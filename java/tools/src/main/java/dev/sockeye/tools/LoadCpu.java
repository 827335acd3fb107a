package dev.sockeye.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a thread has had of the CPUs, or what was added between two times.
 *
 * @param nanos how long it ran
 * @param waitedNanos how long it could have run and there was no CPU for it
 */
record LoadCpu(long nanos, long waitedNanos) {
    static final LoadCpu NONE = new LoadCpu(0, 0);

    /** (proc(5), /proc/pid/schedstat, since Linux 2.6.9) */
    private static final Path OF_THIS_THREAD = Path.of("/proc/thread-self/schedstat");

    /** {@return what the calling thread has had so far; nothing when the kernel does not count it} */
    static LoadCpu ofThisThread() {
        try {
            String[] fields = Files.readString(OF_THIS_THREAD).trim().split(" ");
            return new LoadCpu(Long.parseLong(fields[0]), Long.parseLong(fields[1]));
        } catch (IOException notThere) {
            return NONE;
        }
    }

    LoadCpu minus(LoadCpu before) {
        return new LoadCpu(nanos - before.nanos, waitedNanos - before.waitedNanos);
    }
}
