package dev.sockeye.tools;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;

/** An echo server that does to chosen datagrams, by the number load gives them, what networks do. It counts what it did. */
final class FaultyEcho implements AutoCloseable {
    /** What it is about: questions for its counts are others. */
    static final int BYTES = 64;

    private static final int SEQUENCE = 8;

    private final DatagramChannel channel = DatagramChannel.open();
    private final DatagramChannel elsewhere = DatagramChannel.open();
    private final Thread thread = new Thread(this::serve, "test-faulty-echo");
    private ByteBuffer kept;
    private SocketAddress keptFor;
    private volatile IOException failure;
    long duplicated;
    long swapped;
    long corrupted;
    long fromElsewhere;
    long cut;

    FaultyEcho() throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
        channel.bind(new InetSocketAddress(loopback, 0));
        elsewhere.bind(new InetSocketAddress(loopback, 0));
        thread.start();
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }

    private void serve() {
        ByteBuffer datagram = ByteBuffer.allocateDirect(65535);
        try {
            for (; ; ) {
                SocketAddress from = channel.receive(datagram.clear());
                answer(datagram.flip(), from);
            }
        } catch (ClosedChannelException e) {
            return;
        } catch (IOException e) {
            failure = e;
        }
    }

    private void answer(ByteBuffer datagram, SocketAddress from) throws IOException {
        switch (datagram.remaining() != BYTES ? -1 : (int) (datagram.getLong(SEQUENCE) % 20)) {
            case 3:
                duplicated++;
                channel.send(datagram.duplicate(), from);
                break;
            case 6:
                keptFor = from;
                kept = ByteBuffer.allocate(datagram.remaining()).put(datagram).flip();
                return;
            case 9:
                corrupted++;
                datagram.put(datagram.limit() - 1, (byte) ~datagram.get(datagram.limit() - 1));
                break;
            case 12:
                fromElsewhere++;
                elsewhere.send(datagram, from);
                return;
            case 15:
                cut++;
                datagram.limit(datagram.limit() - 1);
                break;
            default:
                break;
        }
        channel.send(datagram, from);
        if (kept != null) {
            swapped++;
            channel.send(kept, keptFor);
            kept = null;
        }
    }

    /** After this its counts are final. */
    void stop() throws Exception {
        channel.close();
        elsewhere.close();
        thread.join();
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() throws Exception {
        stop();
    }
}
