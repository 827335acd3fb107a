package dev.sockeye;

import dev.sockeye.ffi.SockeyeLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The loaded native layer. Touching this class loads it, once; a failure says why at every later touch. */
final class Native {
    /** What this class was written for; {@code SOCKEYE_ABI_VERSION} of sockeye.h. */
    private static final int ABI_VERSION = 6;

    private static final int CACHE_LINE = 64;

    static final SockeyeLibrary CALLS = NativeLoader.load();

    static {
        int version = CALLS.sockeye_abi_version();
        if (version != ABI_VERSION) {
            throw new UnsatisfiedLinkError("libsockeye has ABI version " + version + ", this jar needs " + ABI_VERSION
                    + ": build both from one source, and see whether -D" + NativeLoader.PATH_PROPERTY
                    + " names an old library");
        }
    }

    private Native() {}

    /** The functions for jnr-ffi are there without this; those that Java calls itself may be forbidden. */
    static void requireJni() {
        if (NativeLoader.jniRefusal() != null) {
            throw new UnsupportedOperationException(
                    "this JVM lets dev.sockeye load no library, which selectors need: start it with"
                            + " --enable-native-access=ALL-UNNAMED, or =dev.sockeye,org.jnrproject.jffi on the module path",
                    NativeLoader.jniRefusal());
        }
    }

    /** The value of an offset, flag or kernel constant that the native layer knows by this name. */
    static int constant(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer text = ByteBuffer.allocateDirect(bytes.length + 1).put(bytes); // the last byte stays NUL
        long value = CALLS.sockeye_constant(address(text));
        java.lang.ref.Reference.reachabilityFence(text);
        if (value < 0) {
            throw new UnsatisfiedLinkError(
                    "libsockeye does not know the constant " + name + ": it is of another version");
        }
        return Math.toIntExact(value);
    }

    /** Zeroed memory in native byte order that begins at a cache line. */
    static ByteBuffer allocate(int bytes) {
        int whole = Math.addExact(bytes, CACHE_LINE - 1) & -CACHE_LINE; // alignedSlice cuts both ends
        return ByteBuffer.allocateDirect(whole + CACHE_LINE)
                .alignedSlice(CACHE_LINE)
                .slice(0, bytes)
                .order(ByteOrder.nativeOrder());
    }

    /** The address of a direct buffer's first byte, wherever its position is. The caller keeps the buffer reachable for as long as the address is used. */
    static long address(ByteBuffer direct) {
        return Pointer.wrap(Runtime.getSystemRuntime(), direct.duplicate().clear())
                .address();
    }
}
