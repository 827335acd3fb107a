package dev.sockeye;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
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
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final String LISTEN = "0A";

    private static final List<String> UDP = List.of("udp", "udp6");
    private static final List<String> TCP = List.of("tcp", "tcp6");

    private PortSharers() {}

    /** How many sockets take a part of what comes to this address and port and are none of these. */
    static int count(Set<String> own, LinuxSocket<?> member, InetSocketAddress address) throws IOException {
        boolean anyIpv4 = sharesWithIpv4(member, address);
        InetSocketAddress ipv4 = new InetSocketAddress("0.0.0.0", address.getPort());
        return others(own, tables(member), other -> other.equals(address) || anyIpv4 && other.equals(ipv4));
    }

    /** How many sockets are of one group with these and are none of these: the kernel keeps each family apart. */
    static int countInGroup(Set<String> own, LinuxSocket<?> member, InetSocketAddress address) throws IOException {
        return others(own, List.of(tables(member).get(member.ipv6 ? 1 : 0)), address::equals);
    }

    private static int others(Set<String> own, List<String> tables, Predicate<InetSocketAddress> isThere)
            throws IOException {
        int count = 0;
        for (String[] columns : rows(tables)) {
            if (isThere.test(endpoint(columns[LOCAL_ADDRESS])) && !own.contains(columns[INODE])) {
                count++;
            }
        }
        return count;
    }

    /** The addresses and ports that several UDP sockets of this host are bound to, and how many. */
    static Map<InetSocketAddress, Integer> shared() throws IOException {
        Map<InetSocketAddress, Integer> counts = new TreeMap<>(Comparator.comparing(InetSocketAddress::getPort)
                .thenComparing(address -> address.getAddress().getHostAddress()));
        for (String[] columns : rows(UDP)) {
            counts.merge(endpoint(columns[LOCAL_ADDRESS]), 1, Integer::sum);
        }
        counts.values().removeIf(count -> count == 1);
        return counts;
    }

    /**
     * Of TCP only its listeners. The kernel gives a page at a time, and between two pages it counts anew: when another
     * socket comes or goes just then, one is missing or stands there twice. So the tables are read twice.
     */
    private static Collection<String[]> rows(List<String> tables) throws IOException {
        Map<String, String[]> rows = new LinkedHashMap<>();
        for (int turn = 0; turn < 2; turn++) {
            for (String table : tables) {
                Path path = TABLES.resolve(table);
                if (Files.exists(path)) { // the second only where there is IPv6
                    try (Stream<String> lines = Files.lines(path)) {
                        lines.skip(1)
                                .map(line -> line.strip().split("\\s+"))
                                .filter(columns -> table.startsWith("udp") || columns[STATE].equals(LISTEN))
                                .forEach(columns -> rows.put(columns[INODE], columns));
                    }
                }
            }
        }
        return rows.values();
    }

    /** A dual-stack socket on every address loses its IPv4 peers to an IPv4 socket there. */
    private static boolean sharesWithIpv4(LinuxSocket<?> socket, InetSocketAddress address) throws IOException {
        return address.getAddress() instanceof Inet6Address
                && address.getAddress().isAnyLocalAddress()
                && !socket.options.get(LinuxSocketOptions.IPV6_V6ONLY);
    }

    /**
     * Waits until the kernel no longer has a socket that was closed, or a second. It has it until the last copy of the
     * descriptor is closed.
     */
    static void awaitGone(String inode, LinuxSocket<?> socket) throws IOException {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        boolean gone = !isThere(inode, socket);
        while (!gone && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            interrupted |= Thread.interrupted(); // else the next turn would not rest
            gone = !isThere(inode, socket);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static boolean isThere(String inode, LinuxSocket<?> socket) throws IOException {
        return rows(tables(socket)).stream().anyMatch(columns -> columns[INODE].equals(inode));
    }

    private static List<String> tables(LinuxSocket<?> socket) {
        return socket instanceof TcpListener ? TCP : UDP;
    }

    /** What the tables know the socket by. */
    static String inode(LinuxSocket<?> socket) throws IOException {
        int fd = socket.descriptor.acquire();
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return link.substring(link.indexOf('[') + 1, link.indexOf(']')); // socket:[98765]
        } finally {
            socket.descriptor.release();
        }
    }

    /** The kernel prints each four bytes of an address as a number in the machine's own order. */
    private static InetSocketAddress endpoint(String text) {
        int colon = text.indexOf(':');
        ByteBuffer bytes = ByteBuffer.allocate(colon / 2).order(ByteOrder.nativeOrder());
        for (int at = 0; at < colon; at += 8) {
            bytes.putInt(Integer.parseUnsignedInt(text.substring(at, at + 8), 16));
        }
        try { // an IPv4 address that an IPv6 socket is bound to becomes one of IPv4 here
            return new InetSocketAddress(
                    InetAddress.getByAddress(bytes.array()), Integer.parseInt(text.substring(colon + 1), 16));
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }
}
