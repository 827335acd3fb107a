package dev.sockeye.lab;

import java.nio.ByteBuffer;

/**
 * What follows the quoted datagram of an {@link IcmpError} when a router has more to tell (RFC 4884), such as MPLS labels.
 * A value: each method returns a changed copy. The checksum is right unless {@link #withBadChecksum} is called.
 */
public final class IcmpExtensions {

    private static final int VERSION = 2;
    private static final int OBJECT_HEADER = 4;
    /** A checksum of 0 means that there is none. */
    private static final int NO_CHECKSUM = 0;

    private static final int HEADER = 4;
    private static final int MOST_BYTES = 32_000;

    private enum Checksum {
        RIGHT,
        WRONG,
        NONE
    }

    private final int version;
    private final Checksum checksum;
    private final byte[] objects;

    private IcmpExtensions(int version, Checksum checksum, byte[] objects) {
        this.version = version;
        this.checksum = checksum;
        this.objects = objects;
        Bounds.between("length of all objects", objects.length, 0, MOST_BYTES);
    }

    /**
     * A header without objects.
     *
     * @return the extensions
     */
    public static IcmpExtensions empty() {
        return new IcmpExtensions(VERSION, Checksum.RIGHT, new byte[0]);
    }

    /**
     * Adds an object:
     *
     * <pre>{@code
     * offset 0 | length, with this header | class | type |
     *        4 | payload
     * }</pre>
     *
     * @param classNumber what it is about; 1 is MPLS labels
     * @param type which form it has
     * @param payload what is in it, in whole words of four bytes
     * @return a copy with the object
     * @throws IllegalArgumentException when a number does not fit, or the payload is not of whole words
     */
    public IcmpExtensions withObject(int classNumber, int type, byte... payload) {
        if (payload.length % 4 != 0) {
            throw new IllegalArgumentException(
                    "an object's payload is of whole words of 4 bytes, not of " + payload.length + " bytes");
        }
        Bounds.octet("class", classNumber);
        Bounds.octet("type", type);
        Bounds.between("payload length", payload.length, 0, MOST_BYTES);
        return withBytes(ByteBuffer.allocate(OBJECT_HEADER + payload.length)
                .putShort((short) (OBJECT_HEADER + payload.length))
                .put((byte) classNumber)
                .put((byte) type)
                .put(payload)
                .array());
    }

    /**
     * Adds bytes as they are, for objects whose length is a lie.
     *
     * @param bytes what comes next
     * @return a copy with the bytes
     */
    public IcmpExtensions withBytes(byte... bytes) {
        Bounds.between("length", bytes.length, 0, MOST_BYTES);
        byte[] longer = ByteBuffer.allocate(objects.length + bytes.length)
                .put(objects)
                .put(bytes)
                .array();
        return new IcmpExtensions(version, checksum, longer);
    }

    /**
     * Has another version than 2, the only one there is.
     *
     * @param number 0 to 15
     * @return a copy with that version
     */
    public IcmpExtensions withVersion(int number) {
        return new IcmpExtensions(Bounds.between("version", number, 0, 15), checksum, objects);
    }

    /**
     * Has a checksum that is not that of its bytes.
     *
     * @return a copy with a wrong checksum
     */
    public IcmpExtensions withBadChecksum() {
        return new IcmpExtensions(version, Checksum.WRONG, objects);
    }

    /**
     * Has 0 for a checksum, which means that there is none.
     *
     * @return a copy without a checksum
     */
    public IcmpExtensions withoutChecksum() {
        return new IcmpExtensions(version, Checksum.NONE, objects);
    }

    /**
     * RFC 4884, 7:
     *
     * <pre>{@code
     * offset 0 | version, 4 bits | reserved, 12 bits | checksum of all this |
     *        4 | objects
     * }</pre>
     */
    byte[] bytes() {
        byte[] bytes = ByteBuffer.allocate(HEADER + objects.length)
                .put(0, (byte) (version << 4))
                .put(HEADER, objects)
                .array();
        int right = InternetChecksum.of(bytes, 0, bytes.length);
        int field =
                switch (checksum) {
                    case RIGHT -> right;
                    case WRONG -> wrong(right);
                    case NONE -> NO_CHECKSUM;
                };
        ByteBuffer.wrap(bytes).putShort(2, (short) field);
        return bytes;
    }

    private static int wrong(int right) {
        int other = right ^ 0x5555;
        return (short) other == NO_CHECKSUM ? right ^ 0x3333 : other;
    }
}
