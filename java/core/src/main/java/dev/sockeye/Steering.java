package dev.sockeye;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Which member of a {@link ReuseportGroup} gets a datagram, or a TCP connection. It runs in the kernel as a program of
 * classic BPF, which needs no privilege. (socket(7) SO_ATTACH_REUSEPORT_CBPF, since Linux 4.5; TCP 4.6)
 *
 * <pre>{@code
 * Steering.hash()                               // the kernel's own: each flow stays with one member
 * Steering.byCpu()                              // the CPU that takes the packet in
 * Steering.byBytes(1, 4)                        // a number in the payload, as a QUIC connection id
 * Steering.byFlow().weighted(3, 1)              // three of four flows to member 0
 * }</pre>
 *
 * <p>A steering is a key, and how the key's numbers go to the members: modulo their count, or by a map. Immutable.
 */
public final class Steering {
    private static final Steering HASH = new Steering(Key.HASH, 0, 0, -1, null);

    /** No member's index: the kernel then uses its own hash. */
    static final int NOBODY = -1;

    /** A cell of memory that the others leave alone. */
    private static final int FLOW = 2;

    private static final int MOST_ENTRIES = 1024;

    /** What an IP packet of 65535 bytes leaves for it beside the UDP header; IPv6 does not count its own. */
    private static final int LONGEST_PAYLOAD = 65527;

    private enum Key {
        HASH,
        FLOW,
        CPU,
        RANDOM,
        BYTES
    }

    private final Key key;
    private final int offset;
    private final int length;
    private final int mask;
    /** Indexes of members by the key modulo its length; null for all of them alike. */
    private final int[] map;

    private Steering(Key key, int offset, int length, int mask, int[] map) {
        this.key = key;
        this.offset = offset;
        this.length = length;
        this.mask = mask;
        this.map = map;
    }

    /**
     * {@return the kernel's default: by a hash of both addresses and ports} It needs no program. A flow stays with its
     * member until members come or go; then about half of all flows move.
     */
    public static Steering hash() {
        return HASH;
    }

    /** {@return by a hash of the peer's address and port that this library computes, so that it can go by a map} */
    public static Steering byFlow() {
        return new Steering(Key.FLOW, 0, 0, -1, null);
    }

    /** {@return by the number of the CPU that takes the packet in} For one member on each CPU. */
    public static Steering byCpu() {
        return new Steering(Key.CPU, 0, 0, -1, null);
    }

    /** {@return at random, each datagram anew} */
    public static Steering random() {
        return new Steering(Key.RANDOM, 0, 0, -1, null);
    }

    /**
     * By a number in the payload, in network byte order. A datagram that ends before it goes by the kernel's hash, and so
     * does every TCP connection, since a SYN has no payload; by its flow, as {@link #byFlow()}, while a member is drained.
     *
     * @param offset where it begins, 0 to 65526
     * @param length its bytes, 1 to 4
     * @return the steering
     * @throws IllegalArgumentException when one is out of its range, or the bytes end behind the longest payload, of 65527
     */
    public static Steering byBytes(int offset, int length) {
        if (length < 1 || length > Integer.BYTES) {
            throw new IllegalArgumentException("length " + length + " is not in 1..4 bytes");
        }
        if (offset < 0 || offset > LONGEST_PAYLOAD - length) {
            throw new IllegalArgumentException("offset " + offset + " is not in 0.." + (LONGEST_PAYLOAD - length)
                    + ": no datagram has over " + LONGEST_PAYLOAD + " bytes");
        }
        return new Steering(Key.BYTES, offset, length, -1, null);
    }

    /**
     * Uses some bits of the key alone, before it goes to the members.
     *
     * @param bits the bits to keep
     * @return the steering
     * @throws IllegalStateException for {@link #hash()}, which the kernel computes for itself
     */
    public Steering masked(int bits) {
        requireProgram("masked");
        return new Steering(key, offset, length, bits, map);
    }

    /**
     * Sends the key's numbers to members by a fixed map: number modulo the map's length picks an entry.
     *
     * @param members the index of a member for each entry, 1 to 1024 of them; an index that the group does not have makes
     *     it refuse the steering
     * @return the steering
     * @throws IllegalArgumentException when the map is empty or too long, or an index negative
     * @throws IllegalStateException for {@link #hash()}, which the kernel computes for itself
     */
    public Steering over(int... members) {
        requireProgram("over");
        Objects.requireNonNull(members, "members");
        if (members.length < 1 || members.length > MOST_ENTRIES) {
            throw new IllegalArgumentException("a map of " + members.length + " entries: 1.." + MOST_ENTRIES);
        }
        for (int member : members) {
            if (member < 0) {
                throw new IllegalArgumentException("member " + member + " is negative");
            }
        }
        return new Steering(key, offset, length, mask, members.clone());
    }

    /**
     * Gives each member a share.
     *
     * @param weights of member 0, 1 and so on; 0 gives a member nothing; 1 to 1024 in all
     * @return the steering
     * @throws IllegalArgumentException when a weight is negative or the sum out of its range
     * @throws IllegalStateException for {@link #hash()}: use {@link #byFlow()}
     */
    public Steering weighted(int... weights) {
        Objects.requireNonNull(weights, "weights");
        long sum = 0;
        for (int weight : weights) {
            if (weight < 0) {
                throw new IllegalArgumentException("weight " + weight + " is negative");
            }
            sum += weight;
        }
        if (sum < 1 || sum > MOST_ENTRIES) {
            throw new IllegalArgumentException(
                    "weights " + Arrays.toString(weights) + " sum up to " + sum + ": 1.." + MOST_ENTRIES);
        }
        return over(IntStream.range(0, weights.length)
                .flatMap(member -> IntStream.generate(() -> member).limit(weights[member]))
                .toArray());
    }

    private void requireProgram(String method) {
        if (key == Key.HASH) {
            throw new IllegalStateException(
                    method + " is not for hash(), which the kernel computes for itself: use byFlow()");
        }
    }

    /** Refuses a map with members that a group of so many does not have. */
    void check(int members) {
        if (map != null) {
            for (int member : map) {
                if (member >= members) {
                    throw new IllegalArgumentException(
                            this + " names member " + member + ", and the group has " + members + ", from 0 on");
                }
            }
        }
    }

    /**
     * The program, or null when the kernel's own hash does.
     *
     * @param members how many the group has
     * @param away those that get nothing any more, at most all but one
     */
    BpfProgram compile(int members, java.util.BitSet away) {
        if (key == Key.HASH && away.isEmpty()) {
            return null;
        }
        BpfProgram program = new BpfProgram();
        loadKey(program, !away.isEmpty());
        if (mask != -1) {
            program.calculate(BpfProgram.AND, mask);
        }
        if (map == null && away.isEmpty()) {
            return program.calculate(BpfProgram.MODULO, members).returnA();
        }
        int[] present =
                IntStream.range(0, members).filter(index -> !away.get(index)).toArray();
        int[] entries = map == null ? present : map.clone();
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] >= members || away.get(entries[i])) {
                entries[i] = present[i % present.length];
            }
        }
        program.calculate(BpfProgram.MODULO, entries.length);
        return look(program, entries);
    }

    /** Goes through the runs of equal entries: below a run's end it is that member. */
    private static BpfProgram look(BpfProgram program, int[] entries) {
        for (int i = 1; i < entries.length; i++) {
            if (entries[i] != entries[i - 1]) {
                program.jump(BpfProgram.AT_LEAST, i, 1, 0).returnNumber(entries[i - 1]);
            }
        }
        return program.returnNumber(entries[entries.length - 1]);
    }

    /** @param always whether the kernel's own hash, which knows all members, is no way out */
    private void loadKey(BpfProgram program, boolean always) {
        switch (key) {
            case CPU:
                program.load(BpfProgram.WORD, BpfProgram.CPU);
                break;
            case RANDOM:
                program.load(BpfProgram.WORD, BpfProgram.RANDOM);
                break;
            case BYTES:
                if (always) {
                    loadBytesOrFlow(program);
                } else {
                    program.loadLength()
                            .jump(BpfProgram.AT_LEAST, offset + length, 1, 0)
                            .returnNumber(NOBODY);
                    loadBytes(program);
                }
                break;
            default:
                FlowHash.load(program);
        }
    }

    /** A shorter datagram goes by its flow. */
    private void loadBytesOrFlow(BpfProgram program) {
        FlowHash.load(program);
        int instructions = length == 3 ? 6 : 1;
        program.store(FLOW)
                .loadLength()
                .jump(BpfProgram.AT_LEAST, offset + length, 2, 0)
                .loadCell(FLOW)
                .jump(BpfProgram.AT_LEAST, 0, instructions, instructions); // always
        loadBytes(program);
    }

    private void loadBytes(BpfProgram program) {
        switch (length) {
            case 1:
                program.load(BpfProgram.OCTET, offset);
                break;
            case 2:
                program.load(BpfProgram.HALF, offset);
                break;
            case 3:
                program.load(BpfProgram.HALF, offset)
                        .calculate(BpfProgram.SHIFT_LEFT, Byte.SIZE)
                        .store(0)
                        .load(BpfProgram.OCTET, offset + 2)
                        .loadCellToX(0)
                        .calculateWithX(BpfProgram.OR);
                break;
            default:
                program.load(BpfProgram.WORD, offset);
        }
    }

    /** For people: what it goes by. */
    @Override
    public String toString() {
        String text =
                switch (key) {
                    case HASH -> "hash";
                    case FLOW -> "flow";
                    case CPU -> "cpu";
                    case RANDOM -> "random";
                    case BYTES -> "bytes:" + offset + ":" + length;
                };
        return text
                + (mask == -1 ? "" : " & 0x" + Integer.toHexString(mask))
                + (map == null ? "" : " over " + Arrays.toString(map));
    }
}
