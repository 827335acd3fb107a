package dev.sockeye;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Packets that cross to and from the kernel in one system call, and the memory they live in.
 *
 * <p>A batch has a fixed number of slots. {@link UdpSocket#receive(PacketBatch) Receiving} fills them from the first on;
 * {@link #add()} takes the next free one for a packet of one's own. Each packet that {@link Packet#reply() replies} or
 * was added is <em>outgoing</em>: {@link UdpSocket#send(PacketBatch) sending} takes all outgoing packets in order and
 * leaves the others alone. A packet that was neither sent nor refused stays outgoing, so that calling send again goes on
 * where it stopped.
 *
 * <pre>{@code
 * PacketBatch batch = PacketBatch.allocate(64, 2048);
 * batch.add().remote(server).payload(query);
 * socket.send(batch);
 * socket.receive(batch);
 * batch.forEach(packet -> handle(packet.remote(), packet.payload()));
 * }</pre>
 *
 * <p><b>Threads.</b> One thread at a time owns a batch. A second thread that receives or sends with it during a call
 * gets an IllegalStateException; one that touches its packets meanwhile reads and writes nonsense, but nothing else.
 *
 * <p><b>Memory.</b> All of it is outside the heap and goes when the batch is no longer reachable; nothing is allocated
 * per packet. It counts against {@code -XX:MaxDirectMemorySize}.
 */
public final class PacketBatch {
    private static final VarHandle USER;

    static {
        try {
            USER = MethodHandles.lookup().findVarHandle(PacketBatch.class, "user", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final ByteBuffer memory;
    private final long address;
    private final int payloadCapacity;
    private final Packet[] packets;
    /** The thread whose call uses the memory now. */
    private volatile Thread user;

    private PacketBatch(ByteBuffer memory, long address, int slots, int payloadCapacity) {
        this.memory = memory;
        this.address = address;
        this.payloadCapacity = payloadCapacity;
        this.packets = new Packet[slots];
        int payloads = Math.toIntExact(memory.getLong(Layout.BATCH_PAYLOADS_OFFSET));
        int stride = memory.getInt(Layout.BATCH_PAYLOAD_STRIDE);
        for (int slot = 0; slot < slots; slot++) {
            ByteBuffer payload = memory.slice(payloads + slot * stride, payloadCapacity);
            packets[slot] = new Packet(memory, Layout.PACKETS + slot * Layout.PACKET_BYTES, payload);
        }
    }

    /**
     * Makes a batch.
     *
     * @param slots how many packets it holds, 1 to 1024. Each call moves at most as many; 16 to 64 is where the cost
     *     per packet stops falling.
     * @param payloadCapacity how many bytes of payload each slot holds, 1 to 65535. Longer datagrams are cut and
     *     {@link Packet#isTruncated() say so}; with UDP_GRO slots must hold 65535.
     * @return an empty batch
     * @throws IllegalArgumentException when a number is out of its range
     * @throws OutOfMemoryError when the direct memory is used up
     */
    public static PacketBatch allocate(int slots, int payloadCapacity) {
        checkRange("slots", slots, Layout.MAX_SLOTS);
        checkRange("payloadCapacity", payloadCapacity, Layout.MAX_PAYLOAD_BYTES);
        int bytes = Math.toIntExact(Native.CALLS.sockeye_batch_bytes(slots, payloadCapacity));
        ByteBuffer memory = Native.allocate(bytes);
        long address = Native.address(memory);
        int result = Native.CALLS.sockeye_batch_init(address, bytes, slots, payloadCapacity);
        if (result < 0) {
            throw new AssertionError("sockeye_batch_init: " + Errors.name(-result));
        }
        return new PacketBatch(memory, address, slots, payloadCapacity);
    }

    private static void checkRange(String name, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(name + " " + value + " is not in 1.." + maximum);
        }
    }

    /** {@return how many packets are in the batch} */
    public int size() {
        return memory.getInt(Layout.BATCH_SIZE);
    }

    /** {@return how many packets the batch has room for} */
    public int capacity() {
        return packets.length;
    }

    /** {@return how many bytes of payload a slot has room for} */
    public int payloadCapacity() {
        return payloadCapacity;
    }

    /**
     * The packet in a slot. Each slot has one Packet object, which shows whatever is in the slot at the time.
     *
     * @param slot 0 to {@code size() - 1}
     * @return the packet
     * @throws IndexOutOfBoundsException when there is no such packet
     */
    public Packet get(int slot) {
        return packets[Objects.checkIndex(slot, size())];
    }

    /**
     * Does something with each packet, in order.
     *
     * @param action what to do
     */
    public void forEach(Consumer<? super Packet> action) {
        Objects.requireNonNull(action, "action");
        for (int slot = 0, size = size(); slot < size; slot++) {
            action.accept(packets[slot]);
        }
    }

    /**
     * Adds an outgoing packet: no payload yet, no remote (which a connected socket does not need), the kernel chooses
     * the source.
     *
     * @return the packet, to be filled in
     * @throws IllegalStateException when the batch is full
     */
    public Packet add() {
        int slot = size();
        if (slot == packets.length) {
            throw new IllegalStateException("the batch is full: " + slot + " of " + slot + " slots are in use");
        }
        memory.putInt(Layout.BATCH_SIZE, slot + 1);
        packets[slot].becomeOutgoing();
        return packets[slot];
    }

    /** Empties the batch. Outgoing packets in it are given up. */
    public void clear() {
        memory.putInt(Layout.BATCH_SIZE, 0);
    }

    /** {@return how many packets are outgoing: to be sent by the next send} */
    public int outgoing() {
        int count = 0;
        for (int slot = 0, size = size(); slot < size; slot++) {
            if (packets[slot].isOutgoing()) {
                count++;
            }
        }
        return count;
    }

    /**
     * {@return how many packets the kernel refused in the last send} {@link Packet#refusal()} of each says why.
     */
    public int refused() {
        return memory.getInt(Layout.BATCH_REFUSED);
    }

    /** Reserves the memory for a call of this thread and gives its address. */
    long enter() {
        Thread me = Thread.currentThread();
        if (!USER.compareAndSet(this, (Thread) null, me)) {
            throw new IllegalStateException("the batch is in use by " + user + ": one thread at a time owns a batch");
        }
        return address;
    }

    void leave() {
        USER.setRelease(this, (Thread) null);
    }
}
