package dev.sockeye.benchmarks;

import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.concurrent.TimeUnit;
import jnr.constants.platform.SocketLevel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long {@link UdpSocket#receiveErrors()} takes to drain the kernel's error queue. The entries are the timestamps of
 * sent datagrams: over loopback an ICMP error is there before the next send, which takes it out at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ErrorQueueBenchmark {
    private static final int SO_TIMESTAMPING = 37;
    /** SOF_TIMESTAMPING_TX_SOFTWARE and SOF_TIMESTAMPING_SOFTWARE. */
    private static final int SOFTWARE_TIME_OF_SENT = 2 | 16;

    private static final int PAYLOAD_BYTES = 64;

    /** How many the queue holds. */
    @Param({"1", "32", "256"})
    public int entries;

    private UdpSocket peer;
    private UdpSocket socket;
    private PacketBatch sent;
    private PacketBatch arrived;
    private byte[] payload;

    /** Opens the socket, and a peer that datagrams can go to. */
    @Setup
    public void open() throws IOException {
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        peer = UdpSocket.open(StandardProtocolFamily.INET).bind(loopback);
        peer.setOption(StandardSocketOptions.SO_RCVBUF, EchoServer.RECEIVE_BUFFER_BYTES);
        socket = UdpSocket.open(StandardProtocolFamily.INET).bind(loopback);
        socket.setOption(StandardSocketOptions.SO_RCVBUF, EchoServer.RECEIVE_BUFFER_BYTES)
                .connect(peer.getLocalAddress());
        socket.setRawOption(SocketLevel.SOL_SOCKET.intValue(), SO_TIMESTAMPING, SOFTWARE_TIME_OF_SENT);
        sent = PacketBatch.allocate(entries, PAYLOAD_BYTES);
        arrived = PacketBatch.allocate(entries, PAYLOAD_BYTES);
        payload = new byte[PAYLOAD_BYTES];
    }

    /** Fills the queue again. */
    @Setup(Level.Invocation)
    public void fill() throws IOException {
        sent.clear();
        for (int i = 0; i < entries; i++) {
            sent.add().payload(payload);
        }
        socket.send(sent);
        while (peer.receiveNow(arrived) > 0) {
            continue;
        }
    }

    /** Closes the sockets. */
    @TearDown
    public void close() throws IOException {
        socket.close();
        peer.close();
    }

    /** {@return how many there were, which must be all} */
    @Benchmark
    public int drain() throws IOException {
        int drained = 0;
        for (int count; (count = socket.receiveErrors().size()) > 0; ) {
            drained += count;
        }
        if (drained != entries) {
            throw new IllegalStateException(drained + " of " + entries + " entries were in the queue");
        }
        return drained;
    }
}
