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
import java.nio.channels.NetworkChannel;
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
    private final boolean mayLeave;
    private final AtomicBoolean complained = new AtomicBoolean();
    private final List<EchoTcpServer> servers = new ArrayList<>();

    /**
     * @param sockets how many listeners on each address; one does not share its port
     * @param complain is told, once, that connections have to wait since the system has no room for them
     * @param mayLeave whether other processes may get the listeners
     */
    EchoTcp(int sockets, Steering steering, Consumer<String> complain, boolean mayLeave) {
        this.sockets = sockets;
        this.steering = steering;
        this.complain = complain;
        this.mayLeave = mayLeave;
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
                return port(List.of(listener), null);
            } catch (IOException | RuntimeException | Error e) {
                listener.close();
                throw e;
            }
        }
        ReuseportGroup<TcpListener> group = ReuseportGroup.listen(() -> listener(family), endpoint, sockets, BACKLOG);
        try {
            group.steer(steering);
            return port(group.members(), group);
        } catch (IOException | RuntimeException | Error e) {
            group.close();
            throw e;
        }
    }

    @Override
    public EchoPort adopt(List<NetworkChannel> given) throws IOException {
        List<TcpListener> taken = new ArrayList<>();
        for (NetworkChannel listener : given) {
            taken.add(configured((TcpListener) listener));
        }
        return port(taken, taken.size() == 1 ? null : ReuseportGroup.adopt(() -> listener(null), taken, steering));
    }

    private EchoPort port(List<TcpListener> listeners, ReuseportGroup<TcpListener> group) throws IOException {
        List<EchoTcpServer> loops = new ArrayList<>();
        try {
            for (TcpListener listener : listeners) {
                loops.add(new EchoTcpServer(listener, this::complainOnce));
            }
        } catch (IOException | RuntimeException | Error e) {
            for (EchoTcpServer loop : loops) {
                loop.close();
            }
            throw e;
        }
        servers.addAll(loops);
        return new EchoPort(loops, group);
    }

    private void complainOnce(String message) {
        if (complained.compareAndSet(false, true)) {
            complain.accept(message);
        }
    }

    /** A listener that is not bound yet; what it accepts inherits the options. */
    private TcpListener listener(StandardProtocolFamily family) throws IOException {
        TcpListener listener = openListener(family);
        try {
            return configured(listener);
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    private static TcpListener configured(TcpListener listener) throws IOException {
        return listener.setOption(StandardSocketOptions.TCP_NODELAY, true)
                .setOption(StandardSocketOptions.SO_KEEPALIVE, true); // a peer that vanished does not stay for ever
    }

    private TcpListener open(StandardProtocolFamily family) throws IOException {
        return mayLeave ? TcpListener.openShareable(family) : TcpListener.open(family);
    }

    /** Whatever net.ipv6.bindv6only says. */
    private TcpListener openListener(StandardProtocolFamily family) throws IOException {
        if (family == StandardProtocolFamily.INET) {
            return open(family);
        }
        TcpListener listener;
        try {
            listener = open(StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException noIpv6) {
            if (family == StandardProtocolFamily.INET6) {
                throw noIpv6;
            }
            return open(StandardProtocolFamily.INET);
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
