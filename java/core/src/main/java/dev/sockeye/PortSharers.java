package dev.sockeye;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who else is on a port, by /proc/net/udp (proc(5)):
 *
 * <pre>
 *      sl  local_address rem_address   st tx_queue rx_queue tr tm-&gt;when retrnsmt   uid  timeout inode ...
 *     123: 0100007F:1B5F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 98765 ...
 * </pre>
 */
final class PortSharers {
    /** Of this thread: in a lab threads of one process are on different hosts. */
    private static final Path TABLES = Path.of("/proc/thread-self/net");

    private static final int LOCAL_ADDRESS = 1;
    private static final int INODE = 9;

    private PortSharers() {}

    /** How many sockets are bound to just this address and port and are none of these. */
    static int count(List<? extends LinuxSocket<?>> own, InetSocketAddress address) throws IOException {
        Set<String> inodes = new HashSet<>();
        for (LinuxSocket<?> socket : own) {
            inodes.add(inode(socket));
        }
        boolean ipv6 = own.get(0).ipv6;
        String wanted = text(address, ipv6);
        try (Stream<String> lines = Files.lines(TABLES.resolve(ipv6 ? "udp6" : "udp"))) {
            return (int) lines.map(line -> line.strip().split("\\s+"))
                    .filter(columns -> columns.length > INODE && columns[LOCAL_ADDRESS].equals(wanted))
                    .filter(columns -> !inodes.contains(columns[INODE]))
                    .count();
        }
    }

    private static String inode(LinuxSocket<?> socket) throws IOException {
        int fd = socket.descriptor.acquire();
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return link.substring(link.indexOf('[') + 1, link.indexOf(']')); // socket:[98765]
        } finally {
            socket.descriptor.release();
        }
    }

    /** The kernel prints each four bytes of the address as a number in the machine's own order. */
    private static String text(InetSocketAddress address, boolean ipv6) {
        byte[] bytes = address.getAddress().getAddress();
        if (ipv6 && !(address.getAddress() instanceof Inet6Address)) {
            bytes = ByteBuffer.allocate(16)
                    .putShort(10, (short) 0xffff)
                    .put(12, bytes)
                    .array();
        }
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        StringBuilder text = new StringBuilder();
        while (words.hasRemaining()) {
            text.append(String.format("%08X", words.getInt()));
        }
        return text + String.format(":%04X", address.getPort());
    }
}
