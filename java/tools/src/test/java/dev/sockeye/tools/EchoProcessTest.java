package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server in a JVM of its own, as its user starts and ends it. */
class EchoProcessTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private Process process;
    private BufferedReader out;

    @AfterEach
    void kill() throws Exception {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private Map<String, Object> start(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("echo", "--json", "--port", "0"));
        arguments.addAll(List.of(options));
        process = Child.builder(Child.command(List.of(), arguments.toArray(String[]::new)))
                .start();
        // An interrupt does not end a read from a process, its death does.
        CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS).execute(process::destroyForcibly);
        out = process.inputReader();
        return Json.object(out.readLine());
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    /** Until its stats say so; when that never comes, what {@link #start} does ends it. */
    private void awaitReceived(long datagrams) throws Exception {
        while (Json.number(Json.object(out.readLine()), "received") < datagrams) {
            continue;
        }
    }

    /** What the process prints last; checks how it ends and that every datagram is accounted for. */
    private Map<String, Object> totals() throws Exception {
        Map<String, Object> last = null;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            last = Json.object(line);
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.errorReader().lines()).isEmpty();
        assertThat(process.exitValue()).isZero();
        assertThat(last).containsEntry("event", "totals");
        assertThat(Json.number(last, "received")).isEqualTo(Json.number(last, "sent") + Json.allDropped(last));
        long perSocket = ((List<?>) last.get("perSocket"))
                .stream().mapToLong(Long.class::cast).sum();
        assertThat(perSocket).isEqualTo(Json.number(last, "received"));
        return last;
    }

    private static int port(Map<String, Object> ready) {
        return (int) Json.number(ready, "port");
    }

    /** Sends without a pause, and takes answers in, until it is told to stop. */
    private static Thread flood(InetSocketAddress server, int size, AtomicBoolean stop) {
        Thread thread = new Thread(() -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.configureBlocking(false);
                ByteBuffer payload = ByteBuffer.allocateDirect(size);
                ByteBuffer answer = ByteBuffer.allocateDirect(size);
                while (!stop.get()) {
                    channel.send(payload.clear(), server);
                    while (channel.receive(answer.clear()) != null) {
                        continue;
                    }
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void shouldSayWhereItListens() throws Exception {
        Map<String, Object> ready = start("-4", "--bind", "127.0.0.1");

        assertThat(ready)
                .containsEntry("event", "ready")
                .containsEntry("protocol", "udp")
                .containsEntry("address", "127.0.0.1")
                .containsEntry("sockets", 1L);
        assertThat(port(ready)).isBetween(1, 65535);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void shouldAccountForEveryDatagramWhenASignalEndsItInTheMiddleOfTraffic(String signal) throws Exception {
        int port = port(start("--limit", "100000", "--stats", "10ms"));
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> floods = List.of(
                flood(new InetSocketAddress(LOOPBACK, port), 1000, stop),
                flood(new InetSocketAddress("127.0.0.2", port), 10, stop));
        Map<String, Object> totals;
        try {
            awaitReceived(10_001);
            signal(signal);
            totals = totals();
        } finally {
            stop.set(true);
            for (Thread flood : floods) {
                flood.join();
            }
        }

        assertThat(Json.number(totals, "received")).isGreaterThan(10_000);
        assertThat(Json.number(totals, "bytes")).isGreaterThan(Json.number(totals, "received") * 10);
    }

    @Test
    void shouldCountWhatItSends() throws Exception {
        int port = port(start());

        Cli ping = Cli.run(
                "ping",
                "127.0.0.1",
                String.valueOf(port),
                "--count",
                "50",
                "--interval",
                "1ms",
                "--size",
                "100",
                "--json");
        assertThat(ping.exitCode()).as(ping.toString()).isZero();
        signal("TERM");

        assertThat(totals())
                .containsEntry("received", 50L)
                .containsEntry("sent", 50L)
                .containsEntry("bytes", 5000L)
                .containsEntry("kernelDropped", 0L)
                .containsEntry("dropped", Map.of());
    }

    @Test
    void shouldEndAfterItsDurationWithStatsOnTheWay() throws Exception {
        long begin = System.nanoTime();
        start("--duration", "500ms", "--stats", "0.001us");

        totals();

        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(500_000_000L);
    }

    @Test
    void shouldListenOnSeveralAddressesAtOnePort() throws Exception {
        Map<String, Object> first = start("--bind", "127.0.0.1", "--bind", "127.0.0.2", "--bind", "127.0.0.3");
        Map<String, Object> second = Json.object(out.readLine());
        Map<String, Object> third = Json.object(out.readLine());
        assertThat(List.of(first.get("address"), second.get("address"), third.get("address")))
                .containsExactly("127.0.0.1", "127.0.0.2", "127.0.0.3");
        assertThat(List.of(port(second), port(third))).containsOnly(port(first));

        String port = String.valueOf(port(first));
        assertThat(Cli.run("ping", "127.0.0.2", port, "--count", "3", "--interval", "1ms")
                        .exitCode())
                .isZero();
        assertThat(Cli.run("ping", "127.0.0.3", port, "--count", "1").exitCode())
                .isZero();
        signal("TERM");

        assertThat(totals()).containsEntry("perSocket", List.of(0L, 3L, 1L));
    }

    @Test
    void shouldSteerByThePayloadToItsSockets() throws Exception {
        Map<String, Object> ready =
                start("--bind", "127.0.0.1", "--sockets", "4", "--steer", "bytes:0:1", "--pin", "--limit", "1000");
        assertThat(ready).containsEntry("sockets", 4L);
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.setSoTimeout(5000);
            for (int i = 0; i < 50; i++) {
                byte[] payload = {(byte) (i % 5), 1, 2, 3};
                socket.send(new DatagramPacket(payload, payload.length, LOOPBACK, port(ready)));
                DatagramPacket answer = new DatagramPacket(new byte[10], 10);
                socket.receive(answer);
                assertThat(answer.getData()[0]).isEqualTo(payload[0]);
            }
        }
        signal("TERM");

        assertThat(totals()).containsEntry("sent", 50L).containsEntry("perSocket", List.of(20L, 10L, 10L, 10L));
    }

    @Test
    void shouldListenWithSeveralSocketsOnEachAddress() throws Exception {
        Map<String, Object> first = start("--bind", "127.0.0.1", "--bind", "127.0.0.2", "--sockets", "3");
        out.readLine();
        String port = String.valueOf(port(first));
        for (String address : List.of("127.0.0.1", "127.0.0.2")) {
            Cli ping = Cli.run("ping", address, port, "--count", "3", "--interval", "1ms");
            assertThat(ping.exitCode()).as(ping.toString()).isZero();
        }
        signal("INT");

        assertThat((List<?>) totals().get("perSocket")).hasSize(6);
    }

    @Test
    void shouldSayThatAnotherSocketSharesItsPort() throws Exception {
        try (DatagramSocket stranger = new DatagramSocket(null)) {
            stranger.bind(new InetSocketAddress(LOOPBACK, 0));
            stranger.setOption(java.net.StandardSocketOptions.SO_REUSEPORT, true);

            Cli cli = Cli.run(
                    "echo",
                    "--bind",
                    "127.0.0.1",
                    "--port",
                    "" + stranger.getLocalPort(),
                    "--sockets",
                    "2",
                    "--duration",
                    "1ms",
                    "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("strangers")).containsEntry("count", 1L);
            assertThat(cli.err().lines()).singleElement().satisfies(line -> assertThat(line)
                    .contains("shared with 1 other socket"));
        }
    }

    @Test
    void shouldAnswerNoMoreThanTheLimit() throws Exception {
        int port = port(start("--limit", "10", "--bind", "127.0.0.1", "--bind", "127.0.0.2", "--stats", "10ms"));
        out.readLine(); // the second address
        long begin = System.nanoTime();
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            for (int i = 0; i < 200; i++) {
                InetAddress to = InetAddress.getByName(i % 2 == 0 ? "127.0.0.1" : "127.0.0.2");
                socket.send(new DatagramPacket(new byte[10], 10, to, port));
            }
            awaitReceived(200);
            signal("TERM");
        }
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        Map<String, Object> totals = totals();

        assertThat(totals).containsEntry("received", 200L);
        assertThat(Json.number(totals, "sent")).isBetween(10L, 20 + 10 * seconds); // 10 at once, and 10 each second
        assertThat(Json.dropped(totals)).containsOnlyKeys("rate-limit");
    }

    @Test
    void shouldAnswerItsOwnPortOnlyWhereLoopsAreAllowed() throws Exception {
        for (boolean allowed : new boolean[] {false, true}) {
            List<String> options = new ArrayList<>(List.of("--bind", "127.0.0.1"));
            if (allowed) {
                options.add("--allow-loops");
            }
            int port = port(start(options.toArray(String[]::new)));
            byte[] asked = {1, 2, 3};
            byte[] answer = new byte[10];
            DatagramPacket received = new DatagramPacket(answer, answer.length);
            try (DatagramSocket socket = new DatagramSocket(port, InetAddress.getByName("127.0.0.9"))) {
                socket.setSoTimeout(allowed ? 5000 : 300);
                socket.send(new DatagramPacket(asked, asked.length, LOOPBACK, port));
                socket.receive(received);
                assertThat(allowed).isTrue();
                assertThat(Arrays.copyOf(answer, received.getLength())).isEqualTo(asked);
            } catch (SocketTimeoutException e) {
                assertThat(allowed).isFalse();
            }
            signal("TERM");

            assertThat(Json.dropped(totals())).isEqualTo(allowed ? Map.of() : Map.of("own-port", 1L));
        }
    }

    @Test
    void shouldSayWhyItEndsWhenNobodyReadsItsOutput() throws Exception {
        start("--stats", "10ms");

        process.getInputStream().close();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(process.errorReader().lines())
                .containsExactly(
                        "sockeye echo: standard output takes no more: its reader has gone, or its disk is full");
    }

    @Test
    void shouldNotSayDoneWhenItsTotalsReachNobody() throws Exception {
        start();

        process.getInputStream().close();
        signal("TERM");

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(process.errorReader().lines()).hasSize(1);
    }

    @Test
    void shouldEndBySignalAlsoWhenItsOutputIsAFullPipe() throws Exception {
        start("--stats", "1us");
        Await.until(
                () -> // nobody reads, and a pipe holds 64 KiB
                assertThat(process.getInputStream().available()).isGreaterThan(50_000));
        Thread.sleep(200);

        signal("TERM");

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
    }

    @Test
    void shouldRefuseAPortThatIsInUse() throws Exception {
        try (DatagramSocket holder = new DatagramSocket(0, LOOPBACK)) {
            String port = String.valueOf(holder.getLocalPort());

            Cli cli = Cli.run("echo", "--bind", "127.0.0.1", "--port", port);

            assertThat(cli.exitCode()).isEqualTo(3);
            assertThat(cli.out()).isEmpty();
            assertThat(cli.err().lines()).singleElement().satisfies(line -> assertThat(line)
                    .contains("--bind 127.0.0.1", "port " + port + " is in use", "EADDRINUSE"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.77", "2001:db8::77"})
    void shouldRefuseAnAddressThatIsNotOfThisHost(String address) {
        Cli cli = Cli.run("echo", "--bind", address);

        assertThat(cli.exitCode()).isEqualTo(3);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).singleElement().satisfies(line -> assertThat(line)
                .contains("--bind " + address, "not an address of this host"));
    }

    @Test
    void shouldRefuseAPortThatTheUserMayNotBind(@TempDir java.nio.file.Path directory) throws Exception {
        Child.Result result = Child.runAsNobody(directory, List.of(), "echo", "--port", "7", "--bind", "127.0.0.1");

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).singleElement().satisfies(line -> assertThat(line)
                .contains("--port 7", "root"));
    }

    @Test
    void shouldNeedLittleMemoryForEachOfManySockets() throws Exception {
        Child.Result result = Child.result(Child.builder(Child.command(
                        List.of("-XX:MaxDirectMemorySize=20m"),
                        "echo --port 0 --bind 127.0.0.1 --sockets 16 --duration 1ms".split(" ")))
                .start());

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "64"})
    void shouldSayWhatToDoWhenMemoryIsShort(String sockets) throws Exception {
        Child.Result result = Child.result(Child.builder(Child.command(
                        List.of("-XX:MaxDirectMemorySize=3m"),
                        ("echo --port 0 --bind 127.0.0.1 --duration 1ms --sockets " + sockets).split(" ")))
                .start());

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("sockeye echo: --sockets " + sockets + ": ")
                .contains("-XX:MaxDirectMemorySize", "-Xmx"));
    }

    @ParameterizedTest
    @CsvSource({"1, 64", "4, 64", "16, 16", "32, 8", "64, 4", "1024, 4"})
    void shouldMakeBatchesSmallerForMoreSockets(int sockets, int slots) {
        assertThat(EchoServer.slots(sockets)).isEqualTo(slots);
    }

    @Test
    void shouldTellWhichAddressesItAnswersFrom() {
        assertThat(Cli.run("echo", "--port", "0", "--duration", "1ms").out())
                .contains("answers from the address asked")
                .contains("totals: received 0, sent 0");
        assertThat(Cli.run("echo", "--port", "0", "--duration", "1ms", "--source", "kernel")
                        .out())
                .contains("answers from an address the kernel picks");
    }
}
