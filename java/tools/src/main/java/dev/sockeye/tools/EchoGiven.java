package dev.sockeye.tools;

import dev.sockeye.Handover;
import dev.sockeye.HandoverTaken;
import dev.sockeye.TcpListener;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/** Sockets that echo does not open itself: those of the echo before it, or of a service manager. */
final class EchoGiven implements Closeable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String origin;
    private final List<NetworkChannel> sockets;
    private final HandoverTaken taken;
    private final Map<InetSocketAddress, List<NetworkChannel>> ports = new LinkedHashMap<>();

    /** @param taken null when no other process serves them meanwhile */
    private EchoGiven(String origin, List<NetworkChannel> sockets, HandoverTaken taken) throws IOException {
        this.origin = origin;
        this.sockets = sockets;
        this.taken = taken;
        for (NetworkChannel socket : sockets) {
            InetSocketAddress address = (InetSocketAddress) socket.getLocalAddress();
            if (address == null || isTcp(socket) != isTcp(sockets.get(0))) {
                throw new IOException("echo cannot serve the sockets " + origin + ": " + socket
                        + (address == null ? " has no address" : " is of another protocol than the first"));
            }
            ports.computeIfAbsent(address, ignored -> new ArrayList<>()).add(socket);
        }
    }

    /**
     * Asks for them.
     *
     * @param takeover where the echo before may offer its own; null not to ask there
     * @return null when there are none
     * @throws TypeConversionException when it must not ask there
     */
    static EchoGiven find(Path takeover) throws IOException {
        List<NetworkChannel> inherited = Handover.inherited();
        if (!inherited.isEmpty()) {
            if (takeover != null) {
                throw new TypeConversionException("option '--takeover' is not for sockets that a service manager keeps"
                        + " (LISTEN_FDS): leave it out");
            }
            return new EchoGiven("from the service manager", inherited, null);
        }
        Optional<HandoverTaken> taken = takeover == null ? Optional.empty() : Handover.take(takeover, PATIENCE);
        if (taken.isEmpty()) {
            return null;
        }
        try {
            return new EchoGiven("taken over", taken.get().sockets(), taken.get());
        } catch (IOException | RuntimeException | Error e) {
            taken.get().close();
            throw e;
        }
    }

    private static boolean isTcp(NetworkChannel socket) {
        return socket instanceof TcpListener;
    }

    boolean isTakenOver() {
        return taken != null;
    }

    Collection<List<NetworkChannel>> ports() {
        return ports.values();
    }

    /** The most on one address. */
    int sockets() {
        return ports.values().stream().mapToInt(List::size).max().orElseThrow();
    }

    /**
     * What is not as the command line wants it, or null.
     *
     * @param port 0 for any
     * @param count how many on each address; null for any
     * @param addresses empty for any
     * @param family null for any
     */
    String contradiction(
            boolean tcp, int port, Integer count, Set<InetAddress> addresses, StandardProtocolFamily family) {
        if (tcp != isTcp(sockets.get(0))) {
            return tcp
                    ? "option '--tcp': the sockets " + origin + " are of UDP: leave it out"
                    : "the sockets " + origin + " are of TCP: give --tcp";
        }
        Set<InetAddress> given =
                ports.keySet().stream().map(InetSocketAddress::getAddress).collect(Collectors.toSet());
        if (!addresses.isEmpty() && !given.equals(new HashSet<>(addresses))) {
            return "option '--bind': the sockets " + origin + " are on " + text(given);
        }
        for (Map.Entry<InetSocketAddress, List<NetworkChannel>> entry : ports.entrySet()) {
            InetSocketAddress address = entry.getKey();
            int there = entry.getValue().size();
            if (port != 0 && port != address.getPort()) {
                return "option '--port " + port + "': the sockets " + origin + " are on port " + address.getPort();
            }
            if (count != null && count != there) {
                return "option '--sockets " + count + "': there are " + there + " " + origin + " on "
                        + Host.text(address);
            }
            if (family != null && family != Host.familyOf(address.getAddress())) {
                return "option '" + (family == StandardProtocolFamily.INET ? "-4" : "-6") + "': the sockets " + origin
                        + " are on " + Host.text(address);
            }
        }
        return null;
    }

    private static String text(Set<InetAddress> addresses) {
        return addresses.stream().map(Host::text).sorted().collect(Collectors.joining(", "));
    }

    /** Lets the echo before end. */
    void ready() throws IOException {
        if (taken != null) {
            taken.ready();
        }
    }

    /** Before {@link #ready}: the echo before goes on. */
    @Override
    public void close() throws IOException {
        if (taken != null) {
            taken.close();
            return;
        }
        for (NetworkChannel socket : sockets) {
            socket.close();
        }
    }
}
