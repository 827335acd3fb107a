package dev.sockeye;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Optional;

/**
 * What this kernel lets this user do, found out by trying it on sockets of its own.
 *
 * <p>Nothing is cached: a container's rights and an interface's presence change. Safe for every thread.
 */
public final class Capabilities {
    /**
     * One thing that may or may not work here.
     *
     * @param name the kernel's name of it
     * @param purpose what it is good for, in a few words
     * @param missingBecause why it does not work here; empty when it does
     */
    public record Capability(String name, String purpose, Optional<String> missingBecause) {
        /** {@return whether it works here} */
        public boolean isAvailable() {
            return missingBecause.isEmpty();
        }
    }

    private interface Trial {
        void run() throws IOException;
    }

    private Capabilities() {}

    /**
     * Whether the native library can be loaded: everything else needs it.
     *
     * @return the capability, with what to do in its reason when it is missing
     */
    public static Capability nativeLibrary() {
        try {
            return new Capability(
                    "libsockeye", "the native library, ABI " + Native.CALLS.sockeye_abi_version(), Optional.empty());
        } catch (LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return new Capability("libsockeye", "the native library", Optional.of(String.valueOf(cause.getMessage())));
        }
    }

    /**
     * Tries everything.
     *
     * @return one entry each, always the same ones in the same order
     * @throws LinkageError when the {@link #nativeLibrary()} cannot be loaded
     */
    public static List<Capability> all() {
        StandardProtocolFamily inet = StandardProtocolFamily.INET;
        StandardProtocolFamily inet6 = StandardProtocolFamily.INET6;
        return List.of(
                tried("INET", "IPv4", () -> UdpSocket.open(inet).close()),
                tried("INET6", "IPv6 and dual-stack sockets", () -> UdpSocket.open(inet6)
                        .close()),
                option(inet, LinuxSocketOptions.IP_PKTINFO, true, "answer from the address that was asked, IPv4"),
                option(inet6, LinuxSocketOptions.IP_PKTINFO, true, "answer from the address that was asked, IPv6"),
                option(inet, LinuxSocketOptions.IP_RECVERR, true, "read ICMP errors, IPv4"),
                option(inet6, LinuxSocketOptions.IP_RECVERR, true, "read ICMP errors, IPv6"),
                option(inet, LinuxSocketOptions.IP_RECVERR_RFC4884, true, "find the extensions of ICMP errors"),
                option(
                        inet,
                        LinuxSocketOptions.IP_MTU_DISCOVER,
                        PathMtuDiscovery.OMIT,
                        "ignore forged path MTUs in a server"),
                option(inet, StandardSocketOptions.SO_REUSEPORT, true, "share a port between sockets"),
                option(inet, LinuxSocketOptions.SO_RXQ_OVFL, true, "count dropped datagrams"),
                option(inet, LinuxSocketOptions.SO_TIMESTAMPNS, true, "receive timestamps"),
                option(inet, LinuxSocketOptions.UDP_GRO, true, "join received datagrams"),
                raw(
                        "UDP_SEGMENT",
                        "split sent datagrams in the kernel",
                        OptionTable.SOL_UDP,
                        Native.constant("UDP_SEGMENT"),
                        1200),
                option(inet, LinuxSocketOptions.IP_FREEBIND, true, "bind to an address before it exists"),
                option(inet, LinuxSocketOptions.IP_TRANSPARENT, true, "answer for addresses of others (proxies)"),
                option(inet, LinuxSocketOptions.SO_RCVBUFFORCE, 4 << 20, "receive buffers over net.core.rmem_max"),
                option(inet, LinuxSocketOptions.SO_MARK, 1, "mark packets for routing and firewall rules"),
                option(inet, LinuxSocketOptions.SO_BUSY_POLL, 50, "poll the device instead of sleeping"));
    }

    private static <T> Capability option(ProtocolFamily family, SocketOption<T> option, T value, String purpose) {
        return tried(option.name() + (family == StandardProtocolFamily.INET6 ? " (INET6)" : ""), purpose, () -> {
            try (UdpSocket socket = UdpSocket.open(family)) {
                socket.setOption(option, value);
            }
        });
    }

    private static Capability raw(String name, String purpose, int level, int option, int value) {
        return tried(name, purpose, () -> {
            try (UdpSocket socket = UdpSocket.open(StandardProtocolFamily.INET)) {
                socket.setRawOption(level, option, value);
            }
        });
    }

    private static Capability tried(String name, String purpose, Trial trial) {
        try {
            trial.run();
            return new Capability(name, purpose, Optional.empty());
        } catch (UnsupportedOperationException | IOException e) {
            return new Capability(name, purpose, Optional.of(e.getMessage()));
        }
    }
}
