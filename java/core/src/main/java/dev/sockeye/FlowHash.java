package dev.sockeye;

/**
 * A hash of the sender's address and port, in BPF. The kernel's own is not to be had there; this one is only as good as
 * spreading needs, and an attacker can find its collisions, as with any that has no secret.
 *
 * <p>IPv4: source address at 12, source port behind the header's options. IPv6: source address at 8, source port at 40
 * unless extension headers come first (RFC 791, RFC 8200).
 */
final class FlowHash {
    private static final int IP = BpfProgram.NETWORK_HEADER;
    private static final int IPV4 = 4;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_HEADER = 40;
    private static final int TCP = 6;
    private static final int UDP = 17;

    /** 2^32 divided by the golden ratio: neighbouring numbers end up far from each other (Knuth 6.4). */
    private static final int SPREAD = 0x9e3779b1;

    private static final int ADDRESS = 0;
    private static final int PORT = 1;

    private static final int IPV4_INSTRUCTIONS = 5;
    private static final int IPV6_INSTRUCTIONS = 8 + 3 * 7;

    private FlowHash() {}

    /** A = the hash. */
    static void load(BpfProgram program) {
        program.loadNumber(0).store(PORT); // a cell must be written before it is read, on every way
        program.load(BpfProgram.OCTET, IP).calculate(BpfProgram.AND, 0xf0);
        program.jump(BpfProgram.EQUAL, IPV4 << 4, 0, IPV4_INSTRUCTIONS + 1);
        int start = program.size();
        loadIpv4(program);
        check(program.size() - start, IPV4_INSTRUCTIONS);
        program.jump(BpfProgram.AT_LEAST, 0, IPV6_INSTRUCTIONS, IPV6_INSTRUCTIONS); // always
        start = program.size();
        loadIpv6(program);
        check(program.size() - start, IPV6_INSTRUCTIONS);
        mix(program);
    }

    private static void check(int instructions, int expected) {
        if (instructions != expected) {
            throw new AssertionError("a jump goes over " + expected + " instructions, and there are " + instructions);
        }
    }

    private static void loadIpv4(BpfProgram program) {
        program.loadHeaderLengthToX(IP)
                .loadAtX(BpfProgram.HALF, IP)
                .store(PORT)
                .load(BpfProgram.WORD, IP + IPV4_SOURCE)
                .store(ADDRESS);
    }

    private static void loadIpv6(BpfProgram program) {
        program.load(BpfProgram.OCTET, IP + IPV6_NEXT_HEADER)
                .jump(BpfProgram.EQUAL, UDP, 2, 0)
                .jump(BpfProgram.EQUAL, TCP, 1, 0)
                .jump(BpfProgram.AT_LEAST, 0, 2, 2) // the port stays 0
                .load(BpfProgram.HALF, IP + IPV6_HEADER)
                .store(PORT)
                .load(BpfProgram.WORD, IP + IPV6_SOURCE)
                .store(ADDRESS);
        for (int word = 1; word < 4; word++) { // multiplied in between, or equal words would cancel out
            program.loadCell(ADDRESS)
                    .calculate(BpfProgram.MULTIPLY, SPREAD)
                    .store(ADDRESS)
                    .loadCellToX(ADDRESS)
                    .load(BpfProgram.WORD, IP + IPV6_SOURCE + 4 * word)
                    .calculateWithX(BpfProgram.XOR)
                    .store(ADDRESS);
        }
    }

    /** The upper half of a product is the well mixed one: it comes down before a remainder is taken. */
    private static void mix(BpfProgram program) {
        program.loadCell(ADDRESS)
                .calculate(BpfProgram.MULTIPLY, SPREAD)
                .loadCellToX(PORT)
                .calculateWithX(BpfProgram.XOR)
                .calculate(BpfProgram.MULTIPLY, SPREAD)
                .store(ADDRESS)
                .calculate(BpfProgram.SHIFT_RIGHT, 16)
                .loadCellToX(ADDRESS)
                .calculateWithX(BpfProgram.XOR);
    }
}
