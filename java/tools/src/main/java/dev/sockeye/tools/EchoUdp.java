package dev.sockeye.tools;

import dev.sockeye.ReuseportGroup;
import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** Echo over UDP. */
final class EchoUdp implements EchoProtocol {
    private final int sockets;
    private final Steering steering;
    private final SourcePolicy source;
    private final boolean allowLoops;
    private final EchoLimit limit;
    private final boolean mayLeave;
    private final List<EchoServer> servers = new ArrayList<>();
    private final EchoQuestion question = new EchoQuestion(new SecureRandom().nextLong(), servers);

    /**
     * @param sockets how many on each address; one does not share its port
     * @param limit shared by all of them; null for none
     * @param mayLeave whether other processes may get the sockets
     */
    EchoUdp(
            int sockets,
            Steering steering,
            SourcePolicy source,
            boolean allowLoops,
            EchoLimit limit,
            boolean mayLeave) {
        this.sockets = sockets;
        this.steering = steering;
        this.source = source;
        this.allowLoops = allowLoops;
        this.limit = limit;
        this.mayLeave = mayLeave;
    }

    @Override
    public String name() {
        return "udp";
    }

    @Override
    public String whoElse() {
        return "ss -ulnp";
    }

    @Override
    public String remark() {
        return ", answers from " + answersFrom();
    }

    private String answersFrom() {
        switch (source) {
            case ADDRESS:
                return "the address asked";
            case ADDRESS_AND_INTERFACE:
                return "the address and interface asked";
            case INTERFACE:
                return "an address of the interface asked";
            default:
                return "an address the kernel picks";
        }
    }

    @Override
    public EchoPort open(InetAddress address, int port, StandardProtocolFamily family) throws IOException {
        InetSocketAddress endpoint = EchoServer.endpoint(address, port);
        if (sockets == 1) {
            UdpSocket socket = EchoServer.socket(family, mayLeave);
            try {
                return port(List.of(socket.bind(endpoint)), null);
            } catch (IOException | RuntimeException | Error e) {
                socket.close();
                throw e;
            }
        }
        ReuseportGroup<UdpSocket> group = ReuseportGroup.open(opener(family), endpoint, sockets);
        try {
            group.steer(steering);
            return port(group.members(), group);
        } catch (IOException | RuntimeException | Error e) {
            group.close();
            throw e;
        }
    }

    private ReuseportGroup.Opener<UdpSocket> opener(StandardProtocolFamily family) {
        return () -> EchoServer.socket(family, mayLeave);
    }

    @Override
    public EchoPort adopt(List<NetworkChannel> given) throws IOException {
        List<UdpSocket> taken = new ArrayList<>();
        for (NetworkChannel socket : given) {
            taken.add(EchoServer.configured((UdpSocket) socket));
        }
        return port(taken, taken.size() == 1 ? null : ReuseportGroup.adopt(opener(null), taken, steering));
    }

    private EchoPort port(List<UdpSocket> members, ReuseportGroup<UdpSocket> group) throws IOException {
        List<Loop> loops = new ArrayList<>();
        for (UdpSocket member : members) {
            loops.add(loop(new EchoServer(member, source, members.size(), mayLeave)));
        }
        return new EchoPort(loops, group);
    }

    private Loop loop(EchoServer server) throws IOException {
        servers.add(server);
        return new Loop(server, new EchoGuard(server.address().getPort(), allowLoops, limit), question);
    }

    @Override
    public Counts counts() {
        EchoCounters all = new EchoCounters();
        servers.forEach(server -> all.add(server.counters()));
        return all;
    }

    /** A server with what it refuses to answer, and what it knows of the others. */
    private record Loop(EchoServer server, EchoGuard guard, EchoQuestion question) implements EchoLoop {
        @Override
        public InetSocketAddress address() throws IOException {
            return server.address();
        }

        @Override
        public NetworkChannel socket() {
            return server.socket();
        }

        @Override
        public void leave() {
            server.leave();
        }

        @Override
        public void run(Integer cpu) {
            server.run(guard, question, cpu);
        }

        @Override
        public Throwable failure() {
            return server.failure();
        }

        @Override
        public long taken() {
            return server.counters().received();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
