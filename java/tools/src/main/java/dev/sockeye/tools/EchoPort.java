package dev.sockeye.tools;

import dev.sockeye.ReuseportGroup;
import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import dev.sockeye.UdpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;

/** What echo listens with on one address: a socket, or a group of them that share the port. */
final class EchoPort implements Closeable {
    private final List<EchoServer> servers = new ArrayList<>();
    private ReuseportGroup<UdpSocket> group;

    /**
     * Opens the sockets.
     *
     * @param sockets how many; one does not share its port
     */
    static EchoPort open(
            InetAddress address,
            int port,
            StandardProtocolFamily family,
            SourcePolicy source,
            int sockets,
            Steering steering)
            throws IOException {
        EchoPort echo = new EchoPort();
        if (sockets == 1) {
            echo.servers.add(EchoServer.open(address, port, family, source));
            return echo;
        }
        echo.group = ReuseportGroup.open(() -> EchoServer.socket(family), EchoServer.endpoint(address, port), sockets);
        try {
            echo.group.steer(steering);
            echo.group.members().forEach(member -> echo.servers.add(new EchoServer(member, source, sockets)));
        } catch (IOException | RuntimeException | Error e) {
            echo.group.close();
            throw e;
        }
        return echo;
    }

    InetSocketAddress address() throws IOException {
        return servers.get(0).address();
    }

    /** One for each socket; each wants a thread. */
    List<EchoServer> servers() {
        return servers;
    }

    /** How many sockets of others share the port and take a part of what comes in. */
    int strangers() throws IOException {
        return group == null ? 0 : group.strangers();
    }

    @Override
    public void close() throws IOException {
        for (EchoServer server : servers) {
            server.close();
        }
    }
}
