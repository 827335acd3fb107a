package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The errors of one socket that were taken out of the kernel's queue and not yet read. The kernel's own queue must not
 * stand: it takes room from datagrams, and keeps poll(2) from waiting.
 *
 * <p>Safe for every thread. Its memory is made with the first error.
 */
final class ErrorQueue {
    /** Taken at a time: draining the kernel's queue is bounded, so that datagrams get their turn. */
    private static final int SLOTS = 32;

    /** More than the kernel quotes of a datagram in an ICMP error. */
    private static final int PAYLOAD_BYTES = 2048;

    /** Kept for a reader who is late; then the oldest go, and are counted. */
    static final int CAPACITY = 256;

    /**
     * The kernel queues an entry and then sets the socket's error, so that another thread can take the entry in between.
     * An error without details is that echo when it comes so soon after an entry with the same number.
     */
    private static final long ECHO_NANOS = 10_000_000;

    private final Descriptor descriptor;
    private final Object owner;
    private final ArrayDeque<SocketError> errors = new ArrayDeque<>();
    private PacketBatch batch;
    private long dropped;

    /** The last entry with details. */
    private int lastErrno;

    private long lastNanos;

    /** Entries came that no receive has told of yet. */
    private volatile boolean news;

    private volatile long taken;
    private volatile Router router;

    /** @param owner what errors call the socket */
    ErrorQueue(Descriptor descriptor, Object owner) {
        this.descriptor = descriptor;
        this.owner = owner;
    }

    boolean hasNews() {
        return news;
    }

    /** A receive has returned for the news there were. */
    void told() {
        news = false;
    }

    /** {@return how many entries were ever taken: for {@link #take(int, long)}} */
    long taken() {
        return taken;
    }

    /** Finds the queue of the socket that sent what an error quotes: in a group the kernel gives it to any member. */
    interface Router {
        /**
         * @param fingerprint {@link SentIndex#ofQuoted}
         * @param found the queue of the socket that the kernel gave it to, which is also what to return if in doubt
         */
        ErrorQueue queueFor(long fingerprint, ErrorQueue found);
    }

    private record Foreign(ErrorQueue queue, SocketError error) {}

    void routeBy(Router newRouter) {
        router = newRouter;
    }

    /**
     * Takes what the kernel has, at most so many as fit into the memory at a time.
     *
     * @param errno the error that a call met, or 0: it is kept without details when the kernel has no entry of it
     * @param takenBefore {@link #taken()} before that call: another thread may have taken the entry meanwhile
     */
    void take(int errno, long takenBefore) throws IOException {
        for (Foreign foreign : takeOwn(errno, takenBefore)) {
            foreign.queue.addForeign(foreign.error); // without our own lock: two could wait for each other's
        }
    }

    /** Returns what belongs to other sockets. */
    private synchronized List<Foreign> takeOwn(int errno, long takenBefore) throws IOException {
        if (batch == null) {
            batch = PacketBatch.allocate(SLOTS, PAYLOAD_BYTES);
        }
        long address = batch.enter();
        int count;
        try {
            count = descriptor.call(
                    fd -> Native.CALLS.sockeye_receive_errors(fd, address), () -> "receiveErrors(" + owner + ")");
        } finally {
            Reference.reachabilityFence(batch.memory);
            batch.leave();
        }
        List<Foreign> foreign = new ArrayList<>(0);
        for (int slot = 0; slot < count; slot++) {
            SocketError error = new SocketError(batch, slot);
            ErrorQueue queue = router != null && error.isIcmp()
                    ? router.queueFor(SentIndex.ofQuoted(batch.get(slot)), this)
                    : this;
            if (queue == this) {
                add(error);
            } else {
                foreign.add(new Foreign(queue, error));
                taken++;
            }
        }
        if (count == 0 && errno != 0 && taken == takenBefore) {
            add(new SocketError(errno));
        }
        return foreign;
    }

    private synchronized void addForeign(SocketError error) {
        add(error);
    }

    private void add(SocketError error) {
        if (error.repeats(errors.peekLast())) {
            return; // a send tried again, to see whose error it was
        }
        if (error.origin() == SocketError.Origin.NONE) {
            if (error.errno() == lastErrno && System.nanoTime() - lastNanos < ECHO_NANOS) {
                return;
            }
        } else {
            lastErrno = error.errno();
            lastNanos = System.nanoTime();
        }
        if (errors.size() == CAPACITY) {
            errors.remove();
            dropped++;
        }
        errors.add(error);
        taken++;
        news = true;
    }

    /** Takes what the kernel has and gives all there is, oldest first. */
    List<SocketError> read() throws IOException {
        take(0, taken);
        synchronized (this) {
            List<SocketError> all = List.copyOf(errors);
            errors.clear();
            news = false;
            return all;
        }
    }

    synchronized long dropped() {
        return dropped;
    }
}
