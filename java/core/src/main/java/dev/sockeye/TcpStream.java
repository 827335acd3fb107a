package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import jnr.constants.platform.Errno;

/** The bytes of a TCP connection, one reader and one writer at a time. */
final class TcpStream {
    /** Errors that do not say how the connection ended: it goes on, or that was told before. */
    private static final Set<Integer> PASSING =
            Set.of(Errno.EPIPE.intValue(), Errno.ENOBUFS.intValue(), Errno.ENOMEM.intValue());

    private final LinuxSocket<?> socket;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private volatile boolean inputEnded;
    private volatile boolean outputEnded;
    /** The errno that the connection ended with; the kernel tells it once, and from then on an end. */
    private volatile int broken;

    TcpStream(LinuxSocket<?> socket) {
        this.socket = socket;
    }

    /** No locks: a blocked call holds them. */
    void endInput() {
        inputEnded = true;
    }

    void endOutput() {
        outputEnded = true;
    }

    int read(ByteBuffer target, long timeoutNanos) throws IOException {
        reading.lock();
        try {
            if (inputEnded) {
                return -1;
            }
            if (!target.hasRemaining()) {
                return 0;
            }
            int result = target.isDirect() ? readInPlace(target, timeoutNanos) : readCopy(target, timeoutNanos);
            if (result == -Errors.EAGAIN) {
                return 0;
            }
            if (result == 0 && !inputEnded && broken != 0) {
                result = -broken;
            }
            if (result < 0) {
                throw failure(result, "read");
            }
            if (result == 0) {
                inputEnded = true;
                return -1;
            }
            return result;
        } finally {
            reading.unlock();
        }
    }

    private int readInPlace(ByteBuffer target, long timeoutNanos) throws IOException {
        int position = target.position();
        int count = tryRead(Native.address(target) + position, target.remaining(), timeoutNanos);
        Reference.reachabilityFence(target);
        target.position(position + Math.max(count, 0));
        return count;
    }

    private int readCopy(ByteBuffer target, long timeoutNanos) throws IOException {
        Scratch scratch = Scratch.get();
        int count = tryRead(scratch.address, Math.min(target.remaining(), Scratch.BYTES), timeoutNanos);
        if (count > 0) {
            target.put(scratch.memory.slice(0, count));
        }
        return count;
    }

    private int tryRead(long address, int bytes, long timeoutNanos) throws IOException {
        int result = -1;
        socket.beginWaiting(timeoutNanos);
        try {
            int fd = socket.descriptor.acquire();
            try {
                result = Native.CALLS.sockeye_read(fd, address, bytes, timeoutNanos);
            } finally {
                socket.descriptor.release();
            }
        } finally {
            socket.endWaiting(timeoutNanos, result > 0 || socket.isOpen()); // what came before the close is not lost
        }
        return result;
    }

    int write(ByteBuffer source, long wait) throws IOException {
        writing.lock();
        try {
            int start = source.position();
            boolean more = true;
            checkOutput();
            while (more && source.hasRemaining()) {
                int bytes = source.isDirect() ? source.remaining() : Math.min(source.remaining(), Scratch.BYTES);
                int result = source.isDirect() ? writeInPlace(source, bytes, wait) : writeCopy(source, bytes, wait);
                if (result < 0 && result != -Errors.EAGAIN) {
                    checkOutput(); // ended under this call
                    throw failure(result, "write");
                }
                // A call that waits and comes back early met an error, which the next one tells.
                more = result == bytes || result > 0 && wait == LinuxSocket.WAIT;
            }
            return source.position() - start;
        } finally {
            writing.unlock();
        }
    }

    private void checkOutput() throws ClosedChannelException {
        if (outputEnded) {
            throw new ClosedChannelException();
        }
    }

    private int writeInPlace(ByteBuffer source, int bytes, long wait) throws IOException {
        try {
            return tryWrite(source, Native.address(source) + source.position(), bytes, wait);
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    private int writeCopy(ByteBuffer source, int bytes, long wait) throws IOException {
        Scratch scratch = Scratch.get();
        scratch.memory.put(0, source, source.position(), bytes);
        return tryWrite(source, scratch.address, bytes, wait);
    }

    private int tryWrite(ByteBuffer source, long address, int bytes, long wait) throws IOException {
        int result = -1;
        socket.beginWaiting(wait);
        try {
            int fd = socket.descriptor.acquire();
            try {
                result = Native.CALLS.sockeye_write(fd, address, bytes, wait == LinuxSocket.WAIT ? 1 : 0);
            } finally {
                socket.descriptor.release();
            }
        } finally {
            source.position(source.position() + Math.max(result, 0)); // also when the rest meets a close
            socket.endWaiting(wait, result == bytes || socket.isOpen());
        }
        return result;
    }

    private IOException failure(int result, String call) {
        if (!PASSING.contains(-result)) {
            broken = -result;
        }
        return Errors.of(result, call + "(" + socket + ")");
    }
}
