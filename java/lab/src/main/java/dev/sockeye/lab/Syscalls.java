package dev.sockeye.lab;

import dev.sockeye.lab.internal.LibC;
import jnr.constants.platform.Errno;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The one binding to libc of this JVM, and what to do about its errors. */
final class Syscalls {

    static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");

    private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

    private Syscalls() {}

    static int check(int result, String call) {
        if (result < 0) {
            throw new LabException(call + ": " + describe(lastError()));
        }
        return result;
    }

    /** The errno of this thread's last call of {@link #LIBC}. */
    static int lastError() {
        return RUNTIME.getLastError();
    }

    static int addressSize() {
        return RUNTIME.addressSize();
    }

    static String describe(int errno) {
        Errno known = Errno.valueOf(errno);
        return known.name() + " (" + known.description() + ")";
    }

    /** A copy outside the heap. It is freed with the returned object, so hold that as long as the kernel needs it. */
    static Pointer copy(byte[] bytes) {
        Pointer memory = RUNTIME.getMemoryManager().allocateDirect(bytes.length);
        memory.put(0, bytes, 0, bytes.length);
        return memory;
    }
}
