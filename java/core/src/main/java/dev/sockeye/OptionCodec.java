package dev.sockeye;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How an option's Java value becomes the bytes that setsockopt takes, and back. */
interface OptionCodec<T> {
    /** Room for the longest value that is read back. */
    int MAX_BYTES = 256;

    /**
     * The kernel's bytes.
     *
     * @param level the level of the option: an interface is written in another way for IPv4 than for IPv6
     * @throws IllegalArgumentException when the value is out of range; its message goes after the option's name
     */
    byte[] encode(T value, int level);

    T decode(ByteBuffer bytes, int level) throws SocketException;

    OptionCodec<Boolean> FLAG = new OptionCodec<>() {
        @Override
        public byte[] encode(Boolean value, int level) {
            return intBytes(value ? 1 : 0);
        }

        @Override
        public Boolean decode(ByteBuffer bytes, int level) {
            return bytes.getInt(0) != 0;
        }
    };

    static OptionCodec<Integer> range(int minimum, int maximum) {
        return new OptionCodec<>() {
            @Override
            public byte[] encode(Integer value, int level) {
                if (value < minimum || value > maximum) {
                    throw new IllegalArgumentException(value + " is not in " + minimum + ".." + maximum);
                }
                return intBytes(value);
            }

            @Override
            public Integer decode(ByteBuffer bytes, int level) {
                return bytes.getInt(0);
            }
        };
    }

    /** Seconds in a struct linger; negative is off, as in the JDK. */
    OptionCodec<Integer> LINGER = new OptionCodec<>() {
        @Override
        public byte[] encode(Integer value, int level) {
            return ByteBuffer.allocate(8)
                    .order(ByteOrder.nativeOrder())
                    .putInt(value < 0 ? 0 : 1)
                    .putInt(Math.min(Math.max(value, 0), 65535))
                    .array();
        }

        @Override
        public Integer decode(ByteBuffer bytes, int level) {
            return bytes.getInt(0) == 0 ? -1 : bytes.getInt(4);
        }
    };

    /** The kernel's numbers are the same for IPv4 and IPv6. */
    OptionCodec<PathMtuDiscovery> PATH_MTU_DISCOVERY = new OptionCodec<>() {
        @Override
        public byte[] encode(PathMtuDiscovery value, int level) {
            return intBytes(value.number);
        }

        @Override
        public PathMtuDiscovery decode(ByteBuffer bytes, int level) {
            return PathMtuDiscovery.of(bytes.getInt(0));
        }
    };

    /** An interface's name: up to 15 bytes (IFNAMSIZ), without the NUL that the kernel ends it with. */
    OptionCodec<String> TEXT = new OptionCodec<>() {
        @Override
        public byte[] encode(String value, int level) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 15 || value.indexOf(0) >= 0) {
                throw new IllegalArgumentException("\"" + value + "\" is no interface name: at most 15 bytes, no NUL");
            }
            return Arrays.copyOf(bytes, bytes.length + 1);
        }

        @Override
        public String decode(ByteBuffer bytes, int level) {
            String text = StandardCharsets.UTF_8.decode(bytes).toString();
            int end = text.indexOf(0);
            return end < 0 ? text : text.substring(0, end);
        }
    };

    /**
     * An interface. IPv6 takes and gives an index. IPv4 takes a struct ip_mreqn and gives back only the address, so the
     * interface's own address goes in with the index.
     */
    OptionCodec<NetworkInterface> INTERFACE = new OptionCodec<>() {
        @Override
        public byte[] encode(NetworkInterface value, int level) {
            if (level == OptionTable.SOL_IPV6) {
                return intBytes(value.getIndex());
            }
            ByteBuffer request = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
            value.inetAddresses()
                    .filter(Inet4Address.class::isInstance)
                    .findFirst()
                    .ifPresent(address -> request.put(4, address.getAddress()));
            return request.putInt(8, value.getIndex()).array();
        }

        @Override
        public NetworkInterface decode(ByteBuffer bytes, int level) throws SocketException {
            if (level == OptionTable.SOL_IPV6) {
                return bytes.getInt(0) == 0 ? null : NetworkInterface.getByIndex(bytes.getInt(0));
            }
            byte[] address = new byte[4];
            bytes.get(0, address);
            try {
                InetAddress own = InetAddress.getByAddress(address);
                return own.isAnyLocalAddress() ? null : NetworkInterface.getByInetAddress(own);
            } catch (UnknownHostException e) {
                throw new AssertionError("4 bytes are an address", e);
            }
        }
    };

    private static byte[] intBytes(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }
}
