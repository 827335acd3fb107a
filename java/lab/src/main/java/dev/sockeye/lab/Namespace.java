package dev.sockeye.lab;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import jnr.constants.platform.OpenFlags;
import jnr.ffi.Pointer;

/**
 * A network namespace without a name, kept alive by an open descriptor alone. However this JVM ends, the kernel closes
 * the descriptor and frees the namespace with all that is in it.
 */
final class Namespace implements AutoCloseable {

    private static final int CLONE_NEWNET = 0x4000_0000;

    private static final int OPEN_FLAGS = OpenFlags.O_RDONLY.intValue() | OpenFlags.O_CLOEXEC.intValue();
    private static final Pointer OWN = cString("/proc/thread-self/ns/net");

    /** Thread.isVirtual() where the JDK has it (21 and newer), else null. */
    private static final MethodHandle IS_VIRTUAL = findIsVirtual();

    private int descriptor;

    private Namespace(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Makes a namespace with nothing but a `lo` that is down. A helper thread makes it and ends in it, so the caller's
     * thread is never at risk.
     */
    static Namespace create() {
        var made = new Object() {
            Namespace namespace;
            RuntimeException failure;
        };
        Thread helper = new Thread(() -> {
            try {
                Syscalls.check(Syscalls.LIBC.unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
                made.namespace = new Namespace(openOwn());
            } catch (RuntimeException e) {
                made.failure = e;
            }
        });
        helper.start();
        joinUninterruptibly(helper);
        if (made.failure != null) {
            throw made.failure;
        }
        return made.namespace;
    }

    /** Where another program can open this namespace, for example `nsenter --net=PATH` or `ip ... netns PATH`. */
    synchronized String path() {
        return OwnProcess.PROC + "/fd/" + open();
    }

    /** What /proc/PID/ns/net of a process in this namespace links to, for example `net:[4026532574]`. */
    String identity() {
        try {
            return Files.readSymbolicLink(Path.of(path())).toString();
        } catch (IOException e) {
            throw new LabException("cannot read " + path(), e);
        }
    }

    /** Runs code on the calling thread in this namespace, and takes the thread back to where it was. */
    <T> T call(Callable<T> body) throws Exception {
        if (isVirtual(Thread.currentThread())) {
            throw new IllegalStateException("a virtual thread cannot enter a host: its carrier thread would be moved,"
                    + " with every virtual thread that runs on it later; use a platform thread");
        }
        int home = openOwn();
        Throwable failure = null;
        try {
            enter();
            return body.call();
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            goBack(home, failure);
        }
    }

    /** Under the lock, because close() in another thread could otherwise let the number be reused in between. */
    private synchronized void enter() {
        Syscalls.check(Syscalls.LIBC.setns(open(), CLONE_NEWNET), "setns(CLONE_NEWNET)");
    }

    private static void goBack(int home, Throwable failure) {
        int result = Syscalls.LIBC.setns(home, CLONE_NEWNET);
        int errno = Syscalls.lastError();
        Syscalls.LIBC.close(home);
        if (result < 0) {
            // An Error, since a thread that goes on in the wrong namespace would fail far away from here.
            Error lost = new Error("this thread could not return to its own network namespace and is of no more use:"
                    + " setns(CLONE_NEWNET): " + Syscalls.describe(errno));
            if (failure != null) {
                lost.addSuppressed(failure);
            }
            throw lost;
        }
    }

    private int open() {
        if (descriptor < 0) {
            throw new IllegalStateException("the lab of this host is closed");
        }
        return descriptor;
    }

    @Override
    public synchronized void close() {
        if (descriptor >= 0) {
            Syscalls.LIBC.close(descriptor);
            descriptor = -1;
        }
    }

    private static int openOwn() {
        return Syscalls.check(Syscalls.LIBC.open(OWN.address(), OPEN_FLAGS), "open(/proc/thread-self/ns/net)");
    }

    private static Pointer cString(String text) {
        return Syscalls.copy((text + '\0').getBytes(StandardCharsets.US_ASCII));
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isVirtual(Thread thread) {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (Throwable e) {
            throw new LinkageError("Thread.isVirtual()", e);
        }
    }

    private static MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** This process as /proc knows it, which differs from getpid() when /proc shows an outer pid namespace. */
    private static final class OwnProcess {
        static final String PROC = find();

        private static String find() {
            try {
                return new File("/proc/self").getCanonicalPath();
            } catch (IOException e) {
                throw new LabException("cannot read /proc/self", e);
            }
        }
    }
}
