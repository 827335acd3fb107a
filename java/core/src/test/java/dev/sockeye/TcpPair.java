package dev.sockeye;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A listener on loopback, and both ends of a connection to it. */
final class TcpPair implements AutoCloseable {
    static final Duration SECONDS = Duration.ofSeconds(20);

    final TcpListener listener;
    final TcpSocket client;
    final TcpSocket server;

    private TcpPair(TcpListener listener, TcpSocket client) throws IOException {
        this.listener = listener;
        this.client = client;
        this.server = listener.accept(SECONDS);
    }

    static TcpPair open() throws IOException {
        return open("127.0.0.1");
    }

    static TcpPair open(String address) throws IOException {
        TcpListener listener = listener(address);
        return new TcpPair(listener, connected(listener));
    }

    static ProtocolFamily family(InetAddress address) {
        return address.getAddress().length == 4 ? Loopback.INET : Loopback.INET6;
    }

    static TcpListener listener(String address) throws IOException {
        InetAddress local = InetAddress.getByName(address);
        return TcpListener.open(family(local))
                .bind(new InetSocketAddress(local, 0))
                .listen(64);
    }

    static TcpSocket connected(TcpListener listener) throws IOException {
        InetSocketAddress address = listener.getLocalAddress();
        return TcpSocket.open(family(address.getAddress())).connect(address, SECONDS);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads as many bytes as the text has, or what there is before an end. */
    static String read(TcpSocket socket, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && socket.read(buffer, SECONDS) > 0) {}
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    /** An address where nobody listens, as long as its holder is open. */
    static TcpSocket holder(String address) throws IOException {
        InetAddress local = InetAddress.getByName(address);
        return TcpSocket.open(family(local)).bind(new InetSocketAddress(local, 0));
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        listener.close();
    }
}
