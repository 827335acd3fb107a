package dev.sockeye;

import java.nio.ByteBuffer;

/**
 * A program of classic BPF, built instruction by instruction (struct sock_filter):
 *
 * <pre>
 *    0       2   3   4           8
 *    +-------+---+---+-----------+
 *    | code  |jt |jf | k         |
 *    +-------+---+---+-----------+
 * </pre>
 *
 * <p>Its accumulator A, index register X and 16 words of memory M have 32 bits. A jump goes over as many instructions as
 * jt or jf say. (Documentation/networking/filter.rst of the kernel)
 */
final class BpfProgram {
    static final int MAX_INSTRUCTIONS = Native.constant("BPF_MAXINSNS");

    /** From here on an absolute load gives what the kernel knows of a packet. */
    static final int ANCILLARY = -Native.constant("-SKF_AD_OFF");

    /** From here on an absolute load begins at the IP header. */
    static final int NETWORK_HEADER = -Native.constant("-SKF_NET_OFF");

    static final int CPU = ANCILLARY + Native.constant("SKF_AD_CPU");
    static final int RANDOM = ANCILLARY + Native.constant("SKF_AD_RANDOM");

    private static final int BYTES = 8;
    private static final int LD = Native.constant("BPF_LD");
    private static final int LDX = Native.constant("BPF_LDX");
    private static final int ST = Native.constant("BPF_ST");
    private static final int ALU = Native.constant("BPF_ALU");
    private static final int JMP = Native.constant("BPF_JMP");
    private static final int RET = Native.constant("BPF_RET");
    private static final int ABSOLUTE = Native.constant("BPF_ABS");
    private static final int INDIRECT = Native.constant("BPF_IND");
    private static final int IMMEDIATE = Native.constant("BPF_IMM");
    private static final int MEMORY = Native.constant("BPF_MEM");
    private static final int LENGTH = Native.constant("BPF_LEN");
    private static final int HEADER_LENGTH = Native.constant("BPF_MSH");
    private static final int OF_X = Native.constant("BPF_X");
    private static final int OF_A = Native.constant("BPF_A");
    private static final int OF_K = Native.constant("BPF_K");

    static final int OCTET = Native.constant("BPF_B");
    static final int HALF = Native.constant("BPF_H");
    static final int WORD = Native.constant("BPF_W");

    static final int AND = Native.constant("BPF_AND");
    static final int OR = Native.constant("BPF_OR");
    static final int XOR = Native.constant("BPF_XOR");
    static final int SHIFT_LEFT = Native.constant("BPF_LSH");
    static final int SHIFT_RIGHT = Native.constant("BPF_RSH");
    static final int MULTIPLY = Native.constant("BPF_MUL");
    static final int MODULO = Native.constant("BPF_MOD");

    static final int EQUAL = Native.constant("BPF_JEQ");
    static final int AT_LEAST = Native.constant("BPF_JGE");

    private ByteBuffer instructions = Native.allocate(64 * BYTES);

    private BpfProgram put(int code, int ifTrue, int ifFalse, int k) {
        if (!instructions.hasRemaining()) {
            ByteBuffer longer = Native.allocate(2 * instructions.capacity());
            instructions = longer.put(instructions.flip());
        }
        instructions
                .putShort((short) code)
                .put((byte) ifTrue)
                .put((byte) ifFalse)
                .putInt(k);
        return this;
    }

    int size() {
        return instructions.position() / BYTES;
    }

    ByteBuffer memory() {
        return instructions;
    }

    /** A = the big-endian number at an offset; 0 ends the program when the packet is shorter. */
    BpfProgram load(int size, int offset) {
        return put(LD | size | ABSOLUTE, 0, 0, offset);
    }

    /** A = the big-endian number at X + an offset. */
    BpfProgram loadAtX(int size, int offset) {
        return put(LD | size | INDIRECT, 0, 0, offset);
    }

    /** A = bytes of the packet from where it is loaded on. */
    BpfProgram loadLength() {
        return put(LD | WORD | LENGTH, 0, 0, 0);
    }

    /** X = length in bytes of the IPv4 header that begins at an offset. */
    BpfProgram loadHeaderLengthToX(int offset) {
        return put(LDX | OCTET | HEADER_LENGTH, 0, 0, offset);
    }

    BpfProgram loadNumber(int number) {
        return put(LD | IMMEDIATE, 0, 0, number);
    }

    BpfProgram loadCell(int cell) {
        return put(LD | MEMORY, 0, 0, cell);
    }

    BpfProgram store(int cell) {
        return put(ST, 0, 0, cell);
    }

    BpfProgram loadCellToX(int cell) {
        return put(LDX | WORD | MEMORY, 0, 0, cell);
    }

    BpfProgram calculate(int operation, int operand) {
        return put(ALU | operation | OF_K, 0, 0, operand);
    }

    BpfProgram calculateWithX(int operation) {
        return put(ALU | operation | OF_X, 0, 0, 0);
    }

    BpfProgram jump(int condition, int operand, int ifTrue, int ifFalse) {
        return put(JMP | condition | OF_K, ifTrue, ifFalse, operand);
    }

    /** Ends with A. */
    BpfProgram returnA() {
        return put(RET | OF_A, 0, 0, 0);
    }

    BpfProgram returnNumber(int number) {
        return put(RET | OF_K, 0, 0, number);
    }
}
