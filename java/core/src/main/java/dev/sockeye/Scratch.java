package dev.sockeye;

import java.nio.ByteBuffer;

/**
 * Memory outside the heap that a thread's calls use one after another, for what the kernel cannot read or write on the
 * heap itself. It belongs to the thread and not to a socket, so that many idle connections cost nothing.
 */
final class Scratch {
    /** More does not make copying through it faster. */
    static final int BYTES = 1 << 16;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    final ByteBuffer memory = Native.allocate(BYTES);
    final long address = Native.address(memory);

    private Scratch() {}

    /** The calling thread's. */
    static Scratch get() {
        return OF_THREAD.get();
    }
}
