package dev.sockeye.benchmarks;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Packets a second and round-trip times of echo servers over loopback; the client is the same for all. */
@State(Scope.Benchmark)
@Fork(
        value = 2,
        jvmArgsPrepend = EchoBenchmark.IPV4_ONLY) // prepended: what Main appends would replace what is appended
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EchoBenchmark {
    /** Sockeye and C have IPv4 sockets here; without this the JDK and Netty take dual-stack ones. */
    static final String IPV4_ONLY = "-Djava.net.preferIPv4Stack=true";

    private static final String REFERENCE = "c-";

    /** c-batch, c-single and c-plain are processes of their own, the others threads of this one. */
    @Param({
        "sockeye-1",
        "sockeye-4",
        "sockeye-16",
        "sockeye-64",
        "sockeye-256",
        "jdk-channel",
        "jdk-socket",
        "netty-epoll",
        "netty-recvmmsg",
        "netty-io_uring",
        "c-batch",
        "c-single",
        "c-plain"
    })
    public String server;

    private AutoCloseable running;
    private EchoClient client;

    /** Starts the server. */
    @Setup
    public void start() throws IOException {
        int port;
        if (server.startsWith(REFERENCE)) {
            EchoProcess process = EchoProcess.reference(List.of(), server.substring(REFERENCE.length()));
            running = process;
            port = process.port();
        } else {
            EchoServer thread = EchoServers.open(server, bytes -> {});
            running = thread;
            port = thread.port();
        }
        client = new EchoClient(StandardProtocolFamily.INET, port);
    }

    /** Ends the server. */
    @TearDown
    public void stop() throws Exception {
        client.close();
        running.close();
    }

    /** 64 datagrams outstanding; each is one operation. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @OperationsPerInvocation(EchoClient.MOST_PACKETS)
    public int throughput() throws IOException {
        return client.exchange(EchoClient.MOST_PACKETS);
    }

    /** One datagram outstanding. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public int roundTrip() throws IOException {
        return client.exchange(1);
    }
}
