package dev.sockeye.benchmarks;

import dev.sockeye.Steering;
import java.io.IOException;
import java.net.StandardProtocolFamily;
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

/** Packets a second of a group of four sockets: one flow, which each of these steerings but random gives to one member. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SteeringBenchmark {
    private static final int MEMBERS = 4;
    private static final int SLOTS = 64;

    /** What picks the member; off is the kernel's own hash, without a program. */
    @Param({"off", "flow", "bytes", "cpu", "random"})
    public String steering;

    private EchoServer server;
    private EchoClient client;

    /** Starts the server. */
    @Setup
    public void start() throws IOException {
        server = SockeyeEcho.openGroup(MEMBERS, chosen(), SLOTS, bytes -> {});
        client = new EchoClient(StandardProtocolFamily.INET, server.port());
    }

    private Steering chosen() {
        return switch (steering) {
            case "off" -> Steering.hash();
            case "flow" -> Steering.byFlow();
            case "bytes" -> Steering.byBytes(0, Integer.BYTES);
            case "cpu" -> Steering.byCpu();
            case "random" -> Steering.random();
            default -> throw new IllegalArgumentException("no steering is called " + steering);
        };
    }

    /** Ends the server. */
    @TearDown
    public void stop() throws Exception {
        client.close();
        server.close();
    }

    /** 64 datagrams outstanding; each is one operation. */
    @Benchmark
    @OperationsPerInvocation(EchoClient.MOST_PACKETS)
    public int throughput() throws IOException {
        return client.exchange(EchoClient.MOST_PACKETS);
    }
}
