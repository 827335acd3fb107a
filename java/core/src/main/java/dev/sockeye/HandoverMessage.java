package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What the two processes of a handover say to each other, SOCKETS with up to 253 descriptors each:
 *
 * <pre>
 *     old                         new
 *      |<-------- connect ---------|
 *      |-------- SOCKETS --------->|   in several messages when they are many
 *      |                           |   gets everything else ready
 *      |<-------- READY -----------|
 *      |   stops offering          |
 *      |-------- YOURS ----------->|   or WITHDRAWN, when the offer was closed before
 * </pre>
 *
 * <p>The end of the connection instead means that the other process has ended, or given up.
 */
final class HandoverMessage {
    static final int SOCKETS = 1;
    static final int READY = 2;
    static final int YOURS = 3;
    static final int WITHDRAWN = 4;

    static final int MOST_SOCKETS = 1024;
    static final int MOST_DESCRIPTORS = Native.constant("SOCKEYE_MAX_DESCRIPTORS");

    private static final int BYTES = Native.constant("descriptors.bytes");
    private static final int KIND = Native.constant("descriptors.kind");
    private static final int LEFT = Native.constant("descriptors.left");
    private static final int COUNT = Native.constant("descriptors.count");
    private static final int NUMBERS = Native.constant("descriptors.numbers");

    private final ByteBuffer memory = Native.allocate(BYTES);

    /** Begins a message without descriptors. */
    HandoverMessage begin(int kind, int left) {
        memory.putInt(KIND, kind).putInt(LEFT, left).putInt(COUNT, 0);
        return this;
    }

    void add(int fd) {
        int count = count();
        memory.putInt(NUMBERS + count * Integer.BYTES, fd).putInt(COUNT, count + 1);
    }

    int kind() {
        return memory.getInt(KIND);
    }

    /** How many descriptors follow in later messages. */
    int left() {
        return memory.getInt(LEFT);
    }

    int count() {
        return memory.getInt(COUNT);
    }

    int number(int index) {
        return memory.getInt(NUMBERS + index * Integer.BYTES);
    }

    /** Returns 0, or -errno. */
    int send(int fd) {
        int result = Native.CALLS.sockeye_send_descriptors(fd, Native.address(memory));
        Reference.reachabilityFence(memory);
        return result;
    }

    /** Returns how many descriptors came, which are the caller's, or -errno. */
    int receive(int fd, long timeoutNanos, int wakeFd) {
        int result = Native.CALLS.sockeye_receive_descriptors(fd, Native.address(memory), timeoutNanos, wakeFd);
        Reference.reachabilityFence(memory);
        return result;
    }

    /** As {@link #receive}, for a message that has no descriptors: its kind, or -errno. */
    int receiveKind(int fd, long timeoutNanos, int wakeFd) {
        int result = receive(fd, timeoutNanos, wakeFd);
        if (result > 0) {
            closeFrom(0);
            return -Errors.EPROTO;
        }
        return result < 0 ? result : kind();
    }

    void closeFrom(int first) {
        for (int i = first; i < count(); i++) {
            Native.CALLS.sockeye_close(number(i));
        }
    }

    /** @param result -errno of a receive */
    static IOException failure(int result, Path path) {
        return result == -Errors.EPROTO
                ? new SocketException("the process at " + path + " does not speak this version of the handover")
                : Errors.of(result, "handover at " + path);
    }
}
