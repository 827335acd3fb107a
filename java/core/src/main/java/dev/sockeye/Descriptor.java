package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A socket's descriptor and the count of calls that use it now.
 *
 * <p>The number is freed by the last user, so no running call can ever meet a stranger's socket behind it. Closing wakes
 * the blocked users by shutting the socket down, which needs no signal and cannot come too early: a call that starts
 * after it returns at once as well.
 *
 * <p>A shutdown ends the socket itself, for every process that has it. So calls on a <em>shared</em> descriptor wait for an
 * eventfd as well, by which the close wakes them, and the socket lives on elsewhere.
 */
final class Descriptor implements Runnable {
    /** Set in {@link #users} from the first close on. */
    private static final int CLOSED = 1 << 31;

    /** Sockets that were forgotten are closed when they are collected, as the JDK's are. */
    private static final Cleaner FORGOTTEN = Cleaner.create();

    private static final int NO_WAKE = -1;

    private final int fd;
    private final Call wake;
    private final int wakeFd;
    private final AtomicInteger users = new AtomicInteger();
    private final CountDownLatch freed = new CountDownLatch(1);

    Descriptor(int fd) {
        this(fd, Native.CALLS::sockeye_shutdown);
    }

    /** @param wake ends every blocked call on the descriptor and all later ones */
    Descriptor(int fd, Call wake) {
        this(fd, wake, NO_WAKE);
    }

    private Descriptor(int fd, Call wake, int wakeFd) {
        this.fd = fd;
        this.wake = wake;
        this.wakeFd = wakeFd;
    }

    /**
     * One that other processes may have, too.
     *
     * @throws IOException when there is no descriptor left for the eventfd: then {@code fd} is still the caller's
     */
    static Descriptor shared(int fd) throws IOException {
        int wakeFd = Native.CALLS.sockeye_wake_open();
        if (wakeFd < 0) {
            throw Errors.of(wakeFd, "eventfd()");
        }
        return new Descriptor(fd, closing -> Native.CALLS.sockeye_wake(wakeFd), wakeFd);
    }

    boolean isShared() {
        return wakeFd != NO_WAKE;
    }

    /** What a call that waits must be given, by a user of the descriptor. */
    int wakeFd() {
        return wakeFd;
    }

    /** Closes the descriptor once {@code owner} is no longer reachable. */
    void closeWith(Object owner) {
        FORGOTTEN.register(owner, this);
    }

    /** Begins a use of the descriptor; {@link #release()} ends it. */
    int acquire() throws ClosedChannelException {
        for (; ; ) {
            int before = users.get();
            if (before < 0) {
                throw new ClosedChannelException();
            }
            if (users.compareAndSet(before, before + 1)) {
                return fd;
            }
        }
    }

    void release() {
        if (users.decrementAndGet() == CLOSED) {
            // What close(2) says of a socket changes nothing: the number is free either way.
            Native.CALLS.sockeye_close(fd);
            if (isShared()) {
                Native.CALLS.sockeye_close(wakeFd);
            }
            freed.countDown();
        }
    }

    /** Something that is done with the descriptor. */
    interface Call {
        /** @return at least 0, or -errno */
        int on(int fd);
    }

    /**
     * Calls while the descriptor is held.
     *
     * @param text the call with its arguments, for an error
     */
    int call(Call call, Supplier<String> text) throws IOException {
        int result = tryCall(call);
        if (result < 0) {
            throw Errors.of(result, text.get());
        }
        return result;
    }

    /** Calls while the descriptor is held, and returns what the call did: at least 0, or -errno. */
    int tryCall(Call call) throws ClosedChannelException {
        int fd = acquire();
        try {
            return call.on(fd);
        } finally {
            release();
        }
    }

    /**
     * Closes the descriptor. When this returns the number and the port are free, unless a thread is kept from leaving its
     * call for over a second, as by a debugger: then that thread frees them. A child process that is started at this very
     * moment has a copy of the descriptor, too, until its exec closes it.
     */
    void close() throws IOException {
        int before = markClosed();
        if (before < 0) {
            return;
        }
        int result = before > 0 ? wake.on(fd) : 0;
        release();
        if (result < 0) {
            throw Errors.of(result, "close(fd " + fd + ")");
        }
        awaitFreed();
    }

    private void awaitFreed() {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        for (; ; ) {
            try {
                freed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * For the cleaner: nobody is left to be told of a failure. A call may still be running, since the socket can become
     * unreachable under the last one: then that call frees the number.
     */
    @Override
    public void run() {
        if (markClosed() >= 0) {
            release();
        }
    }

    /** Lets no further call begin, and makes the closer a user too; returns the users before, negative if closed. */
    private int markClosed() {
        return users.getAndUpdate(before -> before < 0 ? before : (before + 1) | CLOSED);
    }

    @Override
    public String toString() {
        return "fd " + fd;
    }
}
