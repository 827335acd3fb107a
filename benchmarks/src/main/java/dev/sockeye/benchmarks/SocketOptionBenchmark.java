package dev.sockeye.benchmarks;

import dev.sockeye.LinuxSocketOptions;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

/** Packets a second of Sockeye's echo server with each option that makes the kernel tell more, on IPv4 and IPv6. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SocketOptionBenchmark {
    private static final int SLOTS = 64;

    /** INET6 is a dual-stack socket, asked at ::1. */
    @Param({"INET", "INET6"})
    public StandardProtocolFamily family;

    /** The option that is switched on, or none, or all of them. */
    @Param({
        "none",
        "IP_PKTINFO",
        "SO_TIMESTAMPNS",
        "IP_RECVTTL",
        "IP_RECVTOS",
        "SO_RXQ_OVFL",
        "IP_RECVERR",
        "all",
    })
    public String option;

    private EchoServer server;
    private EchoClient client;

    /** Starts the server. */
    @Setup
    public void start() throws IOException {
        Set<SocketOption<Boolean>> chosen = Stream.of(
                        LinuxSocketOptions.IP_PKTINFO,
                        LinuxSocketOptions.SO_TIMESTAMPNS,
                        LinuxSocketOptions.IP_RECVTTL,
                        LinuxSocketOptions.IP_RECVTOS,
                        LinuxSocketOptions.SO_RXQ_OVFL,
                        LinuxSocketOptions.IP_RECVERR)
                .filter(each -> option.equals("all") || option.equals(each.name()))
                .collect(Collectors.toUnmodifiableSet());
        server = SockeyeEcho.open(family, chosen, SLOTS, bytes -> {});
        client = new EchoClient(family, server.port());
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
