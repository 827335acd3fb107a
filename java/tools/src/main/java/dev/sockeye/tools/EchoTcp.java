package dev.sockeye.tools;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.Steering;
import dev.sockeye.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Echo over TCP. */
final class EchoTcp implements EchoProtocol {
    /** The kernel puts net.core.somaxconn in its place where that is less. */
    private static final int BACKLOG = 4096;

    private final int sockets;
    private final Steering steering;
    private final Consumer<String> complain;
    private final AtomicBoolean complained = new AtomicBoolean();
    private final List<EchoTcpServer> servers = new ArrayList<>();

    /**
     * @param sockets how many listeners on each address; one does not share its port
     * @param complain is told, once, that connections have to wait since the system has no room for them
     */
    EchoTcp(int sockets, Steering steering, Consumer<String> complain) {
        this.sockets = sockets;
        this.steering = steering;
        this.complain = complain;
    }

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public String whoElse() {
        return "ss -tlnp";
    }

    @Override
    public String remark() {
        return "";
    }

    @Override
    public EchoPort open(InetAddress address, int port, StandardProtocolFamily family) throws IOException {
        InetSocketAddress endpoint = EchoServer.endpoint(address, port);
        if (sockets == 1) {
            TcpListener listener = listener(family);
            try {
                listener.bind(endpoint).listen(BACKLOG);
                return new EchoPort(List.of(server(listener)), null);
            } catch (IOException | RuntimeException | Error e) {
                listener.close();
                throw e;
            }
        }
        ReuseportGroup<TcpListener> group = ReuseportGroup.listen(() -> listener(family), endpoint, sockets, BACKLOG);
        List<EchoTcpServer> loops = new ArrayList<>();
        try {
            group.steer(steering);
            for (TcpListener member : group.members()) {
                loops.add(server(member));
            }
            return new EchoPort(loops, group);
        } catch (IOException | RuntimeException | Error e) {
            for (EchoTcpServer loop : loops) {
                loop.close();
            }
            group.close();
            throw e;
        }
    }

    private EchoTcpServer server(TcpListener listener) throws IOException {
        EchoTcpServer server = new EchoTcpServer(listener, this::complainOnce);
        servers.add(server);
        return server;
    }

    private void complainOnce(String message) {
        if (complained.compareAndSet(false, true)) {
            complain.accept(message);
        }
    }

    /** A listener that is not bound yet; what it accepts inherits the options. */
    private static TcpListener listener(StandardProtocolFamily family) throws IOException {
        TcpListener listener = openListener(family);
        try {
            return listener.setOption(StandardSocketOptions.TCP_NODELAY, true)
                    .setOption(StandardSocketOptions.SO_KEEPALIVE, true); // a peer that vanished does not stay for ever
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    /** Whatever net.ipv6.bindv6only says. */
    private static TcpListener openListener(StandardProtocolFamily family) throws IOException {
        if (family == StandardProtocolFamily.INET) {
            return TcpListener.open(family);
        }
        TcpListener listener;
        try {
            listener = TcpListener.open(StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException noIpv6) {
            if (family == StandardProtocolFamily.INET6) {
                throw noIpv6;
            }
            return TcpListener.open(StandardProtocolFamily.INET);
        }
        try {
            return listener.setOption(LinuxSocketOptions.IPV6_V6ONLY, family == StandardProtocolFamily.INET6);
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    @Override
    public EchoTcpCounters counts() {
        EchoTcpCounters all = new EchoTcpCounters();
        servers.forEach(server -> all.add(server.counters()));
        return all;
    }
}
