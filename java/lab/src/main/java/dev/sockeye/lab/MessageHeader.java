package dev.sockeye.lab;

import jnr.ffi.Pointer;

/** A datagram and its target as sendmsg(2) wants them, in one block of memory. */
final class MessageHeader {

    private static final int WORDS_OF_HEADER = 7;
    private static final int WORDS_OF_VECTOR = 2;

    private MessageHeader() {}

    /**
     * In words of a pointer's size:
     *
     * <pre>{@code
     * struct msghdr: 0 | name | 1 | namelen (int) | 2 | iov | 3 | iovlen | 4 | control | 5 | controllen | 6 | flags
     * struct iovec:  7 | base | 8 | length
     *                9 | target, then datagram
     * }</pre>
     */
    static Pointer of(byte[] target, byte[] datagram) {
        int word = Syscalls.addressSize();
        int vector = WORDS_OF_HEADER * word;
        int targetAt = vector + WORDS_OF_VECTOR * word;
        int datagramAt = targetAt + target.length;
        Pointer memory = Syscalls.copy(new byte[datagramAt + datagram.length]);
        memory.putAddress(0, memory.address() + targetAt);
        memory.putInt(word, target.length);
        memory.putAddress(2L * word, memory.address() + vector);
        memory.putAddress(3L * word, 1);
        memory.putAddress(vector, memory.address() + datagramAt);
        memory.putAddress(vector + word, datagram.length);
        memory.put(targetAt, target, 0, target.length);
        memory.put(datagramAt, datagram, 0, datagram.length);
        return memory;
    }
}
