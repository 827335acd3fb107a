package dev.sockeye.tools;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two echo servers on the wildcard address of one host: a plain JDK DatagramChannel and Sockeye's. They belong to the
 * network namespace of the thread that opened them; {@link #ask} asks from that of its caller.
 */
final class DemoServers implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 1000;

    private final DatagramChannel jdk;
    private final EchoServer sockeye;

    /** Who answered, if anyone did. */
    record Answer(InetAddress asked, Optional<InetAddress> from) {
        boolean isRight() {
            return from.filter(asked::equals).isPresent();
        }
    }

    /** Both servers' answers at one address. */
    record Row(Answer jdk, Answer sockeye) {}

    private DemoServers(DatagramChannel jdk, EchoServer sockeye) {
        this.jdk = jdk;
        this.sockeye = sockeye;
    }

    static DemoServers open() throws IOException {
        EchoServer sockeye = EchoServer.open(null, 0, null, SourcePolicy.ADDRESS);
        DatagramChannel jdk;
        try {
            jdk = DatagramChannel.open().bind(null);
        } catch (IOException | RuntimeException e) {
            sockeye.close();
            throw e;
        }
        DemoServers servers = new DemoServers(jdk, sockeye);
        EchoGuard guard = new EchoGuard(sockeye.address().getPort(), false, null);
        start("demo-jdk", servers::echoWithJdk);
        EchoQuestion question = new EchoQuestion(0, List.of(sockeye));
        start("demo-sockeye", () -> sockeye.run(guard, question, null));
        return servers;
    }

    private static void start(String name, Runnable loop) {
        Thread thread = new Thread(loop, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The loop everyone writes. */
    private void echoWithJdk() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(2048);
        try {
            for (; ; ) {
                SocketAddress sender = jdk.receive(buffer.clear());
                jdk.send(buffer.flip(), sender);
            }
        } catch (IOException e) {
            return; // closed, which is how the loop ends; or it cannot, and the demo says that nobody answers
        }
    }

    /** Asks both servers at each address; {@code asked} is any of their host's. */
    List<Row> ask(List<InetAddress> asked) throws IOException {
        int jdkPort = ((InetSocketAddress) jdk.getLocalAddress()).getPort();
        int sockeyePort = sockeye.address().getPort();
        List<Row> rows = new ArrayList<>();
        for (InetAddress address : asked) {
            rows.add(new Row(ask(address, jdkPort), ask(address, sockeyePort)));
        }
        return rows;
    }

    /** By the JDK, unconnected: no part of Sockeye judges Sockeye. */
    private static Answer ask(InetAddress address, int port) throws IOException {
        byte[] question = ("who is " + address).getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(TIMEOUT_MILLIS);
            client.send(new DatagramPacket(question, question.length, address, port));
            DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
            client.receive(answer);
            return new Answer(address, Optional.of(answer.getAddress()));
        } catch (SocketTimeoutException e) {
            return new Answer(address, Optional.empty());
        }
    }

    @Override
    public void close() throws IOException {
        jdk.close();
        sockeye.close();
    }
}
