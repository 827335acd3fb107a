package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** The options of one socket: the known ones by the rows of {@link OptionTable}, any other by the kernel's numbers. */
final class Options {
    private final Protocol protocol;
    private final boolean ipv6;
    private final Descriptor descriptor;
    private final Object owner;

    /** @param owner what errors call the socket */
    Options(Protocol protocol, boolean ipv6, Descriptor descriptor, Object owner) {
        this.protocol = protocol;
        this.ipv6 = ipv6;
        this.descriptor = descriptor;
        this.owner = owner;
    }

    <T> void set(SocketOption<T> name, T value) throws IOException {
        OptionTable.Row<T> row = OptionTable.row(name, protocol);
        if (!name.type().isInstance(Objects.requireNonNull(value, name.name()))) { // raw types get here
            throw new IllegalArgumentException("option " + name.name() + ": " + value + " is no "
                    + name.type().getSimpleName());
        }
        if (ipv6 && row.ipv6() != null) {
            set(row, row.ipv6(), value);
        }
        if (row.ipv4() != null) {
            set(row, row.ipv4(), value);
        } else if (!ipv6) {
            throw new UnsupportedOperationException("option " + name.name() + " is for INET6 sockets");
        }
    }

    private <T> void set(OptionTable.Row<T> row, OptionTable.Target target, T value) throws IOException {
        byte[] bytes;
        try {
            bytes = row.codec().encode(value, target.level());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("option " + row.option().name() + ": " + e.getMessage(), e);
        }
        setBytes(target.level(), target.name(), bytes, row.option().name(), value);
    }

    <T> T get(SocketOption<T> name) throws IOException {
        OptionTable.Row<T> row = OptionTable.row(name, protocol);
        OptionTable.Target target = ipv6 && row.ipv6() != null ? row.ipv6() : row.ipv4();
        if (target == null) {
            throw new UnsupportedOperationException("option " + name.name() + " is for INET6 sockets");
        }
        ByteBuffer bytes = getBytes(target.level(), target.readName(), OptionCodec.MAX_BYTES, name.name());
        return row.codec().decode(bytes, target.level());
    }

    void setRaw(int level, int name, int value) throws IOException {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
        setBytes(level, name, bytes, level + ", " + name, value);
    }

    void setRaw(int level, int name, byte[] value) throws IOException {
        setBytes(level, name, value, level + ", " + name, value.length + " bytes");
    }

    int getRaw(int level, int name) throws IOException {
        ByteBuffer value = getBytes(level, name, Integer.BYTES, level + ", " + name);
        if (value.remaining() != Integer.BYTES) {
            throw new IllegalArgumentException("option " + level + ", " + name + " is of " + value.remaining()
                    + " bytes and no int: give getRawOption the longest value to expect");
        }
        return value.getInt(0);
    }

    byte[] getRaw(int level, int name, int maxBytes) throws IOException {
        if (maxBytes < 1 || maxBytes > 65536) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + " is not in 1..65536");
        }
        ByteBuffer value = getBytes(level, name, maxBytes, level + ", " + name);
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return bytes;
    }

    private void setBytes(int level, int name, byte[] bytes, String nameText, Object valueText) throws IOException {
        ByteBuffer value = Native.allocate(bytes.length).put(bytes);
        call(
                nameText,
                fd -> Native.CALLS.sockeye_set_option(fd, level, name, Native.address(value), bytes.length),
                "setsockopt(" + owner + ", " + nameText + ", " + valueText + ")");
        Reference.reachabilityFence(value);
    }

    private ByteBuffer getBytes(int level, int name, int maxBytes, String nameText) throws IOException {
        ByteBuffer value = Native.allocate(maxBytes);
        int length = call(
                nameText,
                fd -> Native.CALLS.sockeye_get_option(fd, level, name, Native.address(value), maxBytes),
                "getsockopt(" + owner + ", " + nameText + ")");
        Reference.reachabilityFence(value);
        return value.limit(length);
    }

    private int call(String nameText, Descriptor.Call call, String text) throws IOException {
        try {
            return descriptor.call(call, () -> text);
        } catch (NativeIOException e) {
            if (e.errno() == Errors.ENOPROTOOPT) {
                UnsupportedOperationException unsupported =
                        new UnsupportedOperationException("option " + nameText + ": this kernel does not have it");
                unsupported.initCause(e);
                throw unsupported;
            }
            throw e;
        }
    }
}
