package dev.sockeye.tools;

import dev.sockeye.Cpus;
import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
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
        description = {
            "Answer every datagram with itself, from the address it was sent to (RFC 862).",
            "With --tcp, send back what comes on each connection, until the peer ends it."
        },
        footer = {
            "",
            "It does not answer known echo-like services, other echo servers on its port, or impossible sources,",
            "and counts what it drops by reason. Give --limit where other servers could answer it.",
            "Ctrl-C or SIGTERM ends it with totals in which received = sent + dropped.",
            "--source, --allow-loops, --limit and --steer bytes are about datagrams, and not for --tcp.",
            "Under a service manager with socket activation (LISTEN_FDS) it serves the manager's sockets."
        })
final class EchoCommand implements Callable<Integer> {
    private static final List<String> UDP_ONLY = List.of("--source", "--allow-loops", "--limit");

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
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "1",
            converter = EchoConverters.Sockets.class,
            description = "How many sockets share the port (SO_REUSEPORT), each with a thread; 1 to 1024."
                    + " Default: ${DEFAULT-VALUE}.")
    private int sockets;

    @Option(
            names = "--steer",
            paramLabel = "HOW",
            defaultValue = "hash",
            converter = EchoConverters.Steer.class,
            description = "Which socket gets a datagram or connection: hash (the kernel's), flow, cpu, random, or"
                    + " bytes:OFFSET:LENGTH of the payload modulo N. Default: ${DEFAULT-VALUE}.")
    private Steering steering;

    @Option(names = "--tcp", description = "Echo TCP connections in place of datagrams.")
    private boolean tcp;

    @Option(names = "--pin", description = "Keep each thread on a CPU of its own, as far as there are any.")
    private boolean pin;

    @Option(
            names = "--source",
            paramLabel = "POLICY",
            defaultValue = "address",
            converter = EchoConverters.Policy.class,
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
            names = "--takeover",
            paramLabel = "PATH",
            converter = EchoConverters.SocketPath.class,
            description = "Take the sockets of the echo that offers them at this path, if there is one, and offer them"
                    + " there to the next.")
    private Path takeover;

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

    private final List<EchoPort> ports = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private EchoGiven given;
    private volatile EchoOffer offer;
    private EchoProtocol protocol;
    private PrintWriter out;
    private JsonLines json;
    private boolean finished;

    @Override
    public Integer call() throws Exception {
        out = spec.commandLine().getOut();
        json = common.json ? new JsonLines(out) : null;
        given = findGiven();
        try {
            checkGiven();
            checkSteering();
            protocol = tcp ? tcp() : udp();
            openAll();
        } catch (IOException | RuntimeException | Error e) {
            if (given != null) {
                given.close();
            }
            throw e;
        }
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

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private EchoGiven findGiven() throws IOException {
        try {
            return EchoGiven.find(takeover);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    /** What is taken from elsewhere must be what the options want, as far as they say. */
    private void checkGiven() {
        if (given == null) {
            return;
        }
        Set<InetAddress> addresses = new HashSet<>();
        binds.forEach(bind -> addresses.add(address(bind)));
        String contradiction = given.contradiction(
                tcp, isGiven("--port") ? port : 0, isGiven("--sockets") ? sockets : null, addresses, common.family());
        if (contradiction != null) {
            throw new ParameterException(spec.commandLine(), contradiction);
        }
        sockets = given.sockets();
    }

    private void checkSteering() {
        if (sockets == 1 && steering != Steering.hash()) {
            throw new ParameterException(
                    spec.commandLine(), "option '--steer " + steering + "' needs several sockets: give --sockets too");
        }
    }

    private EchoProtocol udp() {
        EchoLimit rateLimit = limit == null ? null : new EchoLimit(limit, System.nanoTime());
        return new EchoUdp(sockets, steering, source, allowLoops, rateLimit, takeover != null);
    }

    private EchoProtocol tcp() {
        for (String option : UDP_ONLY) {
            if (isGiven(option)) {
                throw new ParameterException(
                        spec.commandLine(), "option '" + option + "' is about datagrams: leave it out with --tcp");
            }
        }
        if (steering.toString().startsWith("bytes")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "option '--steer " + steering + "' goes by a payload, and a new TCP connection has none:"
                            + " hash, flow, cpu or random");
        }
        return new EchoTcp(sockets, steering, this::complain, takeover != null);
    }

    private void complain(String message) {
        Main.complain(spec.commandLine(), message);
    }

    private void openAll() throws IOException {
        try {
            if (given != null) {
                for (List<NetworkChannel> sharing : given.ports()) {
                    ports.add(protocol.adopt(sharing));
                }
                return;
            }
            if (binds.isEmpty()) {
                ports.add(open(null, "--port " + port, common.family()));
            }
            Set<String> seen = new HashSet<>();
            for (Host bind : binds) {
                InetAddress address = address(bind);
                if (!seen.add(Host.text(address))) {
                    throw new ParameterException(
                            spec.commandLine(),
                            "Invalid value for option '--bind': '" + bind.text() + "' is given twice");
                }
                ports.add(open(address, "--bind " + bind.text(), Host.familyOf(address)));
            }
        } catch (IOException | RuntimeException | Error e) {
            for (EchoPort opened : ports) {
                opened.close();
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

    private EchoPort open(InetAddress address, String flag, StandardProtocolFamily family) throws IOException {
        // Every further address gets the port that the first one was given.
        int wanted = ports.isEmpty() ? port : ports.get(0).address().getPort();
        try {
            return protocol.open(address, wanted, family);
        } catch (OutOfMemoryError e) {
            throw new IOException(
                    "--sockets " + sockets
                            + ": not enough memory for their buffers: give fewer, or run Java with more by"
                            + " -XX:MaxDirectMemorySize or -Xmx [" + e.getMessage() + "]",
                    e);
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
        if (given != null) {
            given.ready();
        }
        startThreads();
        startOffering();
        for (EchoPort opened : ports) {
            ready(opened);
            tellStrangers(opened);
        }
    }

    private List<EchoLoop> loops() {
        return ports.stream()
                .<EchoLoop>flatMap(opened -> opened.loops().stream())
                .toList();
    }

    /** Only SO_REUSEPORT of this same user lets others in; they get their share without a word from the kernel. */
    private void tellStrangers(EchoPort opened) throws IOException {
        int strangers = opened.strangers();
        if (strangers == 0) {
            return;
        }
        if (json != null) {
            json.event("strangers", event -> event.writeNumberField("count", strangers));
        }
        complain(Host.text(opened.address()) + " is shared with " + strangers
                + (strangers == 1 ? " other socket" : " other sockets")
                + " of this user, which get a part of what comes in: see '" + protocol.whoElse() + "'");
    }

    private synchronized void startThreads() throws IOException {
        if (finished) {
            return;
        }
        List<Integer> cpus = Cpus.allowed();
        for (EchoLoop loop : loops()) {
            Integer cpu = pin ? cpus.get(threads.size() % cpus.size()) : null;
            Thread thread = new Thread(() -> serve(loop, cpu), "sockeye-echo-" + threads.size());
            threads.add(thread);
            thread.start();
        }
    }

    private void serve(EchoLoop loop, Integer cpu) {
        try {
            loop.run(cpu);
        } finally {
            if (offer == null || !offer.isTaken()) {
                end.countDown();
            }
        }
    }

    private synchronized void startOffering() throws IOException {
        if (takeover == null || finished) {
            return;
        }
        try {
            offer = new EchoOffer(takeover, loops());
            offer.start(threads, end::countDown, this::complain);
        } catch (IOException e) {
            if (given == null) {
                throw e;
            }
            complain("the sockets are not offered to a successor: " + e.getMessage()); // but nobody else serves them
        }
    }

    private void ready(EchoPort opened) throws IOException {
        InetSocketAddress address = opened.address();
        int count = opened.loops().size();
        boolean takenOver = given != null && given.isTakenOver();
        if (json == null) {
            String shared = count == 1 ? "" : " with " + count + " sockets by " + steering;
            out.println("echo on " + protocol.name() + " " + Host.text(address) + shared + protocol.remark()
                    + (takenOver ? ", taken over" : "") + ". Ctrl-C ends it.");
            out.flush();
            return;
        }
        json.event("ready", event -> {
            event.writeStringField("protocol", protocol.name());
            event.writeStringField("address", Host.text(address.getAddress()));
            event.writeNumberField("port", address.getPort());
            event.writeNumberField("sockets", count);
            if (takeover != null) {
                event.writeBooleanField("takenOver", takenOver);
            }
        });
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
        if (offer != null) {
            offer.close();
        }
        for (EchoLoop loop : loops()) {
            loop.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        print("totals");
    }

    private int throwFailure() throws Exception {
        for (EchoLoop loop : loops()) {
            if (loop.failure() instanceof Error error) {
                throw error;
            }
            if (loop.failure() instanceof Exception failure) {
                throw failure;
            }
        }
        return 0;
    }

    private void print(String event) throws IOException {
        EchoProtocol.Counts all = protocol.counts();
        if (json == null) {
            out.println(event + ": " + all);
            out.flush();
            return;
        }
        json.event(event, generator -> {
            all.write(generator);
            generator.writeArrayFieldStart("perSocket");
            for (EchoLoop loop : loops()) {
                generator.writeNumber(loop.taken());
            }
            generator.writeEndArray();
        });
    }
}
