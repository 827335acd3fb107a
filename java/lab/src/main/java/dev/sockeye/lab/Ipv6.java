package dev.sockeye.lab;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until new IPv6 addresses can be found by their neighbours. The kernel joins the multicast group in which an
 * address is asked for a moment after `ip` has returned; a question in that moment is lost and repeated a second later.
 */
final class Ipv6 {

    /** An address on a device that is down never gets ready: then this is all that is lost. */
    private static final long LIMIT_NANOS = 200_000_000;

    private static final String LOOPBACK = "lo";

    private Ipv6() {}

    static void awaitReady(Namespace namespace) throws Exception {
        namespace.call(() -> {
            long deadline = System.nanoTime() + LIMIT_NANOS;
            while (!allReady() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(200_000);
            }
            return null;
        });
    }

    private static boolean allReady() throws Exception {
        List<String> groups = lines("igmp6").stream()
                .map(line -> line.split("\\s+"))
                .map(fields -> fields[1] + " " + fields[2])
                .toList();
        // Fields: address, device index, prefix length, scope, flags, device.
        return lines("if_inet6").stream()
                .map(line -> line.split("\\s+"))
                .filter(fields -> !fields[5].equals(LOOPBACK))
                .allMatch(fields -> groups.contains(fields[5] + " " + solicitedNodeGroup(fields[0])));
    }

    /** RFC 4291, 2.7.1: ff02::1:ff00:0 and the last 24 bits of the address; here without colons, as /proc has both. */
    private static String solicitedNodeGroup(String address) {
        return "ff0200000000000000000001ff" + address.substring(26);
    }

    private static List<String> lines(String name) throws Exception {
        Path file = Path.of("/proc/thread-self/net", name);
        if (!Files.exists(file)) {
            return List.of(); // a kernel without IPv6
        }
        return new String(Files.readAllBytes(file), StandardCharsets.US_ASCII)
                .lines()
                .map(String::strip)
                .toList();
    }
}
