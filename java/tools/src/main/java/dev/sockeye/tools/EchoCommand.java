package dev.sockeye.tools;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "echo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Answer every datagram with itself, from the address it was sent to (RFC 862).",
        footer = {
            "",
            "It does not answer known echo-like services, other echo servers on its port, or impossible sources,",
            "and counts what it drops by reason. Give --limit where other servers could answer it.",
            "Ctrl-C or SIGTERM ends it with totals in which received = sent + dropped."
        })
final class EchoCommand implements Callable<Integer> {
    /** Between the signal and the end of the process. */
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7007",
            converter = Converters.LocalPort.class,
            description = "Port, 0 to 65535; 0 picks a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            converter = Host.Converter.class,
            description = "An address of this host; may be repeated. Default: all, IPv6 and IPv4.")
    private List<Host> binds = List.of();

    @Option(
            names = "--source",
            paramLabel = "POLICY",
            defaultValue = "address",
            converter = Policy.class,
            description = "Where answers leave from: address, address+interface, interface or kernel."
                    + " Default: ${DEFAULT-VALUE}.")
    private SourcePolicy source;

    @Option(
            names = "--allow-loops",
            description = "Answer also what comes from an echo-like service's port or from our own.")
    private boolean allowLoops;

    @Option(
            names = "--limit",
            paramLabel = "PPS",
            converter = Converters.Count.class,
            description = "Answer so many datagrams per second and source address on average, in bursts of no more.")
    private Integer limit;

    @Option(
            names = "--stats",
            paramLabel = "SECONDS",
            converter = Converters.Time.class,
            description = "Print the counts every so often.")
    private Duration stats;

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            converter = Converters.Time.class,
            description = "End after this time. Default: run until Ctrl-C.")
    private Duration duration;

    private final List<EchoServer> servers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private PrintWriter out;
    private JsonLines json;
    private boolean finished;

    /** The policies' names on the command line. */
    static final class Policy implements ITypeConverter<SourcePolicy> {
        @Override
        public SourcePolicy convert(String text) {
            switch (text) {
                case "address":
                    return SourcePolicy.ADDRESS;
                case "address+interface":
                    return SourcePolicy.ADDRESS_AND_INTERFACE;
                case "interface":
                    return SourcePolicy.INTERFACE;
                case "kernel":
                    return SourcePolicy.KERNEL;
                default:
                    throw new TypeConversionException(
                            "'" + text + "' is no policy: address, address+interface, interface or kernel");
            }
        }
    }

    @Override
    public Integer call() throws Exception {
        out = spec.commandLine().getOut();
        json = common.json ? new JsonLines(out) : null;
        openAll();
        return SignalEnd.around(
                spec.commandLine(),
                () -> {
                    startAll();
                    waitForEnd();
                },
                () -> {
                    finish();
                    return throwFailure();
                });
    }

    // ---- starting

    private void openAll() throws IOException {
        try {
            if (binds.isEmpty()) {
                servers.add(open(null, "--port " + port, common.family()));
            }
            Set<String> given = new HashSet<>();
            for (Host bind : binds) {
                InetAddress address = address(bind);
                if (!given.add(Host.text(address))) {
                    throw new ParameterException(
                            spec.commandLine(),
                            "Invalid value for option '--bind': '" + bind.text() + "' is given twice");
                }
                servers.add(open(address, "--bind " + bind.text(), Host.familyOf(address)));
            }
        } catch (IOException | RuntimeException | Error e) {
            for (EchoServer server : servers) {
                server.close();
            }
            throw e;
        }
    }

    private InetAddress address(Host bind) {
        try {
            return bind.address(common.family(), "option '--bind'");
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private EchoServer open(InetAddress address, String flag, StandardProtocolFamily family) throws IOException {
        // Every further address gets the port that the first one was given.
        int wanted = servers.isEmpty() ? port : servers.get(0).address().getPort();
        try {
            return EchoServer.open(address, wanted, family, source);
        } catch (BindException e) {
            String advice = e.getMessage().contains("EADDRINUSE")
                    ? "port " + wanted + " is in use: choose another, or --port 0 for any"
                    : "not an address of this host: see 'ip address'";
            throw new IOException(flag + ": " + advice + " [" + e.getMessage() + "]", e);
        } catch (dev.sockeye.NativeIOException e) {
            if ("EACCES".equals(e.errnoName())) {
                throw new IOException(
                        "--port " + wanted + ": this user may not bind it: choose one from 1024 on, or run as root ["
                                + e.getMessage() + "]",
                        e);
            }
            throw new IOException(flag + ": " + e.getMessage(), e);
        }
    }

    private void startAll() throws IOException {
        startThreads();
        for (EchoServer server : servers) {
            ready(server.address());
        }
    }

    private synchronized void startThreads() throws IOException {
        if (finished) {
            return;
        }
        RateLimit rateLimit = limit == null ? null : new RateLimit(limit, System.nanoTime());
        for (EchoServer server : servers) {
            EchoGuard guard = new EchoGuard(server.address().getPort(), allowLoops, rateLimit);
            Thread thread = new Thread(() -> serve(server, guard), "sockeye-echo-" + threads.size());
            threads.add(thread);
            thread.start();
        }
    }

    private void serve(EchoServer server, EchoGuard guard) {
        try {
            server.run(guard);
        } finally {
            end.countDown();
        }
    }

    private void ready(InetSocketAddress address) throws IOException {
        if (json == null) {
            out.println("echo on udp " + Host.text(address) + ", answers from " + answersFrom() + ". Ctrl-C ends it.");
            out.flush();
            return;
        }
        json.event("ready", event -> {
            event.writeStringField("protocol", "udp");
            event.writeStringField("address", Host.text(address.getAddress()));
            event.writeNumberField("port", address.getPort());
            event.writeNumberField("sockets", 1);
        });
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

    // ---- ending

    private void waitForEnd() throws IOException, InterruptedException {
        long started = System.nanoTime();
        long lengthNanos = duration == null ? Long.MAX_VALUE : duration.toNanos();
        long statsNanos = stats == null ? Long.MAX_VALUE : stats.toNanos();
        long nextStats = statsNanos;
        for (long elapsed = 0; elapsed < lengthNanos; elapsed = System.nanoTime() - started) {
            if (elapsed >= nextStats) {
                print("stats");
                nextStats += ((elapsed - nextStats) / statsNanos + 1) * statsNanos; // a missed turn is left out
            }
            if (end.await(Math.min(nextStats, lengthNanos) - elapsed, TimeUnit.NANOSECONDS)) {
                return;
            }
        }
    }

    private synchronized void finish() throws IOException, InterruptedException {
        if (finished) {
            return;
        }
        finished = true;
        for (EchoServer server : servers) {
            server.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        print("totals");
    }

    private int throwFailure() throws Exception {
        for (EchoServer server : servers) {
            if (server.failure() instanceof Error error) {
                throw error;
            }
            if (server.failure() instanceof Exception failure) {
                throw failure;
            }
        }
        return 0;
    }

    private void print(String event) throws IOException {
        EchoCounters all = new EchoCounters();
        servers.forEach(server -> all.add(server.counters()));
        if (json == null) {
            out.println(event + ": " + all);
            out.flush();
            return;
        }
        json.event(event, generator -> {
            all.write(generator);
            generator.writeArrayFieldStart("perSocket");
            for (EchoServer server : servers) {
                generator.writeNumber(server.counters().received());
            }
            generator.writeEndArray();
        });
    }
}
