package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sockeye.SourcePolicy;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The load generator against servers of loopback. */
class LoadTest {
    private static final Duration SHORT = Duration.ofMillis(500);

    private static Cli load(int port, String... options) {
        List<String> line = new ArrayList<>(List.of(
                "load", "127.0.0.1", String.valueOf(port), "--json", "--duration", "500ms", "--warmup", "50ms"));
        if (!List.of(options).contains("--timeout")) {
            line.addAll(List.of("--timeout", "5s"));
        }
        line.addAll(List.of(options));
        return Cli.run(line.toArray(String[]::new));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> event, String name) {
        return (Map<String, Object>) event.get(name);
    }

    /** That all went well, and the server says the same. */
    private static Map<String, Object> isClean(Cli cli) {
        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        Map<String, Object> result = cli.event("result");
        assertThat(result)
                .containsEntry("wrongSource", 0L)
                .containsEntry("duplicates", 0L)
                .containsEntry("reordered", 0L)
                .containsEntry("corrupted", 0L);
        assertThat(Json.number(result, "sent")).isPositive();
        assertThat(Json.number(result, "received")).isEqualTo(Json.number(result, "sent"));
        assertThat(object(result, "lost")).containsEntry("total", 0L);
        return result;
    }

    // ---- how to ask

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--window 1",
                "--window 100 --flows 3",
                "--window 64 --flows 8 --threads 2 --burst 4",
                "--rate 2000",
                "--rate 3000 --flows 5 --threads 2",
                "--rate 2000 --burst 16 --flows 2",
                "--size 24",
                "--size 65507 --window 8",
                "--size 64,512,1400",
                "--size 30-3000 --flows 2",
                "--size imix --rate 1000",
                "--also 127.0.0.2 --also 127.0.0.3 --flows 2"
            })
    void shouldGetAnAnswerToEachDatagram(String options) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Map<String, Object> result = isClean(load(echo.port(), options.split(" ")));

            assertThat(object(result, "peer"))
                    .containsEntry("received", result.get("sent"))
                    .containsEntry("sent", result.get("sent"))
                    .containsEntry("kernelDropped", 0L);
            for (String clock : List.of("rttUs", "kernelRttUs")) {
                assertThat(object(result, clock))
                        .containsOnlyKeys("min", "p50", "p90", "p99", "p99.9", "p99.99", "p99.999", "max");
            }
        }
    }

    @Test
    void shouldAskOverIpv6() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run(
                    "load",
                    "::1",
                    "" + echo.port(),
                    "--also",
                    "127.0.0.1",
                    "--also",
                    "[::1]:" + echo.port(),
                    "--json",
                    "--duration",
                    "200ms",
                    "--warmup",
                    "0");

            isClean(cli);
        }
    }

    @Test
    void shouldSendAtTheRateThatWasAskedFor() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            LoadResult result = LoadPlans.run(LoadPlans.open(
                    1000, 2, "64", Duration.ofMillis(700), new InetSocketAddress("127.0.0.1", echo.port())));

            assertThat(result.count(LoadCount.SENT) + result.count(LoadCount.NOT_SENT))
                    .isEqualTo(700);
            assertThat(result.latenessNanos().getTotalCount()).isEqualTo(result.count(LoadCount.SENT));
        }
    }

    @Test
    void shouldCountItsThroughputOverTheTimeOfSending() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Duration twoSeconds = Duration.ofSeconds(2); // the last answer is there half of it before the end
            LoadResult result = LoadPlans.run(
                    LoadPlans.open(1, 1, "64", twoSeconds, new InetSocketAddress("127.0.0.1", echo.port())));

            assertThat(result.seconds()).isEqualTo(2);
            assertThat(result.throughputPps()).isEqualTo(1);
        }
    }

    @Test
    void shouldNotCountAnswersAfterTheSendingAsThroughput() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> answerLater(server, Duration.ofSeconds(1)), "test-late-echo");
            thread.start();
            try {
                LoadResult result = LoadPlans.run(
                        LoadPlans.closed(1, 1, "64", SHORT, (InetSocketAddress) server.getLocalSocketAddress()));

                assertThat(result.count(LoadCount.RECEIVED)).isEqualTo(1);
                assertThat(result.throughputPps()).isZero();
            } finally {
                server.close();
                thread.join();
            }
        }
    }

    private static void answerLater(DatagramSocket server, Duration later) {
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        try {
            for (; ; ) {
                server.receive(datagram);
                if (datagram.getLength() != EchoQuestion.BYTES) { // a question for the counts is not what it is about
                    Thread.sleep(later.toMillis());
                }
                server.send(datagram);
                datagram.setLength(2000);
            }
        } catch (java.io.IOException | InterruptedException closed) {
            return;
        }
    }

    @Test
    void shouldSendEverySizeToEachTarget() throws Exception {
        try (DatagramSocket first = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                DatagramSocket second = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            LoadPlan plan = LoadPlans.impatient(LoadPlans.closed(
                    4,
                    1,
                    "64,512",
                    Duration.ofMillis(50),
                    (InetSocketAddress) first.getLocalSocketAddress(),
                    (InetSocketAddress) second.getLocalSocketAddress()));

            LoadPlans.run(plan);

            for (DatagramSocket target : List.of(first, second)) {
                int length = receivedLength(target);
                while (length == EchoQuestion.BYTES) {
                    length = receivedLength(target);
                }
                assertThat(List.of(length, receivedLength(target))).containsExactly(64, 512);
            }
        }
    }

    private static int receivedLength(DatagramSocket socket) throws Exception {
        socket.setSoTimeout(30_000);
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        socket.receive(datagram);
        return datagram.getLength();
    }

    @Test
    void shouldKeepNoMoreOutstandingThanTheWindow() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            silent.setReceiveBufferSize(1 << 20);
            Cli cli = load(silent.getLocalPort(), "--window", "70", "--flows", "4", "--timeout", "100ms");

            long sent = Json.number(cli.event("result"), "sent");
            assertThat(sent).isBetween(70L, 70L * 5).isEqualTo(sent / 70 * 70);
        }
    }

    @Test
    void shouldPrintATableForPeople() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run(
                    "load", "127.0.0.1", "" + echo.port(), "--duration", "200ms", "--warmup", "10ms", "--rate", "1000");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.out())
                    .contains("1000 datagrams a second on 1 flow, 64 bytes")
                    .containsPattern("sent ([0-9]+) in 0\\.200 s, received \\1: ")
                    .contains("lost 0\n")
                    .containsPattern("p99\\.999 +[0-9.]+ +[0-9.]+\n")
                    .containsPattern("max +[0-9.]+ +[0-9.]+\n");
        }
    }

    @Test
    void shouldSayThatItCanNotSendAsFastAsItWasAskedTo() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = load(echo.port(), "--rate", "100000000", "--timeout", "100ms");

            Map<String, Object> result = cli.event("result");
            assertThat(object(result, "bottleneck")).as(cli.toString()).containsKeys("late", "not-sent");
            assertThat(Json.number(result, "sent") + Json.number(result, "notSent"))
                    .isEqualTo(50_000_000);
        }
    }

    @Test
    void shouldSayWhatItDidNotSendInTimeWhenItIsStopped() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            int rate = 100_000_000;
            LoadPlan plan = LoadPlans.impatient(LoadPlans.open(
                    rate, 1, "64", Duration.ofMinutes(1), (InetSocketAddress) silent.getLocalSocketAddress()));
            LoadRun[] runs = new LoadRun[1];
            try (LoadRun run = new LoadRun(plan, second -> runs[0].stop())) {
                runs[0] = run;

                LoadResult result = LoadPlans.isConserved(run.run());

                assertThat(result.seconds()).isBetween(1.0, 30.0);
                assertThat(result.count(LoadCount.SENT) + result.count(LoadCount.NOT_SENT))
                        .isCloseTo((long) (result.seconds() * rate), within(1L));
            }
        }
    }

    // ---- what comes back

    @Test
    void shouldCountWhatTheNetworkDoesToAnswers() throws Exception {
        try (FaultyEcho server = new FaultyEcho()) {
            LoadResult result = LoadPlans.run(LoadPlans.closed(32, 1, "64", SHORT, server.address()));
            server.stop();

            long held = result.count(LoadCount.SENT) - result.count(LoadCount.RECEIVED);
            assertThat(held).as("the last one may be kept for ever").isBetween(0L, 1L);
            assertThat(result.count(LoadCount.DUPLICATES)).isEqualTo(server.duplicated);
            assertThat(result.count(LoadCount.REORDERED)).isEqualTo(server.swapped);
            assertThat(result.count(LoadCount.CORRUPTED)).isEqualTo(server.corrupted + server.cut);
            assertThat(result.count(LoadCount.WRONG_SOURCE)).isEqualTo(server.fromElsewhere);
            assertThat(List.of(server.duplicated, server.swapped, server.corrupted, server.cut, server.fromElsewhere))
                    .allSatisfy(count -> assertThat(count).isPositive());
            assertThat(result.isGood()).isFalse();
        }
    }

    @Test
    void shouldSeeThatADuplicateComesFromElsewhere() throws Exception {
        try (DatagramSocket elsewhere = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> answerTwice(server, elsewhere), "test-twofold-echo");
            thread.start();
            try {
                LoadResult result = LoadPlans.run(
                        LoadPlans.closed(1, 1, "64", SHORT, (InetSocketAddress) server.getLocalSocketAddress()));

                assertThat(result.count(LoadCount.DUPLICATES)).isPositive();
                assertThat(result.count(LoadCount.WRONG_SOURCE)).isEqualTo(result.count(LoadCount.DUPLICATES));
            } finally {
                server.close();
                thread.join();
            }
        }
    }

    private static void answerTwice(DatagramSocket server, DatagramSocket elsewhere) {
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        try {
            for (; ; ) {
                server.receive(datagram);
                server.send(datagram);
                elsewhere.send(datagram);
                datagram.setLength(2000);
            }
        } catch (java.io.IOException closed) {
            return;
        }
    }

    @Test
    void shouldNotTakeLateAnswersToTheWarmUpForStrangers() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> answerLater(server, Duration.ofMillis(700)), "test-late-echo");
            thread.start();
            try {
                Cli cli = Cli.run(
                        "load",
                        "127.0.0.1",
                        "" + server.getLocalPort(),
                        "--json",
                        "--window=1",
                        "--warmup=10ms",
                        "--duration=1s",
                        "--timeout=300ms");

                assertThat(cli.event("result")).containsEntry("strangers", 0L);
            } finally {
                server.close();
                thread.join();
            }
        }
    }

    /** A server on the wildcard address, as the JDK makes it: it answers from 127.0.0.1. */
    @Test
    void shouldFailWhenAnswersComeFromAnAddressThatWasNotAsked() throws Exception {
        try (DatagramChannel server = DatagramChannel.open()) {
            server.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20).bind(new InetSocketAddress(0));
            int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            Thread thread = new Thread(() -> echo(server), "test-jdk-echo");
            thread.start();

            Cli cli = Cli.run("load", "127.0.0.2", "" + port, "--json", "--duration=500ms", "--warmup=0");

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            Map<String, Object> result = cli.event("result");
            assertThat(Json.number(result, "wrongSource"))
                    .isPositive()
                    .isEqualTo(Json.number(result, "received"))
                    .isEqualTo(Json.number(result, "sent"));
            assertThat(result).containsEntry("peer", null);
            server.close();
            thread.join();
        }
    }

    private static void echo(DatagramChannel server) {
        ByteBuffer datagram = ByteBuffer.allocateDirect(65535);
        try {
            for (; ; ) {
                InetSocketAddress from = (InetSocketAddress) server.receive(datagram.clear());
                server.send(datagram.flip(), from);
            }
        } catch (ClosedChannelException e) {
            return;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldNotTakeStrangersDatagramsForAnswers() throws Exception {
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> answerWithRubbish(server, stranger), "test-stranger");
            thread.start();
            try {
                LoadResult result = LoadPlans.run(LoadPlans.impatient(
                        LoadPlans.closed(4, 1, "64", SHORT, (InetSocketAddress) server.getLocalSocketAddress())));

                assertThat(result.count(LoadCount.STRANGERS)).isPositive();
                assertThat(result.count(LoadCount.RECEIVED)).isZero();
                assertThat(result.loss().causes()).containsEntry("path", result.count(LoadCount.SENT));
            } finally {
                server.close();
                thread.join();
            }
        }
    }

    /** Both right and wrong addresses, and everything but the key. */
    private static void answerWithRubbish(DatagramSocket server, DatagramSocket stranger) {
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        try {
            for (; ; ) {
                server.receive(datagram);
                datagram.getData()[0]++;
                server.send(datagram);
                stranger.send(datagram);
                datagram.setLength(2000);
            }
        } catch (java.io.IOException closed) {
            return;
        }
    }

    // ---- what does not

    @Test
    void shouldSayThatNothingCameBack() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Cli cli = load(silent.getLocalPort(), "--timeout", "50ms");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.err()).isEqualTo("sockeye load: no answer at all\n");
            Map<String, Object> result = cli.event("result");
            assertThat(result).containsEntry("received", 0L).containsEntry("rttUs", null);
            assertThat(object(result, "lost")).containsEntry("path", result.get("sent"));
        }
    }

    @Test
    void shouldBlameItsOwnBufferForWhatItDrops() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            LoadPlan plan = LoadPlans.closed(64, 1, "1400", SHORT, new InetSocketAddress("127.0.0.1", echo.port()));
            try (LoadRun run = new LoadRun(LoadPlans.impatient(plan), second -> {})) {
                run.sockets().get(0).setOption(StandardSocketOptions.SO_RCVBUF, 1);

                LoadResult result = LoadPlans.isConserved(run.run());

                assertThat(result.loss().total()).isPositive();
                assertThat(result.loss().causes())
                        .containsEntry("own-buffer", result.loss().total());
                assertThat(LoadStrain.of(result)).containsKey("own-buffer");
            }
        }
    }

    @Test
    void shouldBlameTheServersRateLimitByItsCounts() throws Exception {
        EchoServer server = EchoServer.open(InetAddress.getByName("127.0.0.1"), 0, null, SourcePolicy.ADDRESS);
        EchoGuard guard = new EchoGuard(server.address().getPort(), false, new EchoLimit(1, System.nanoTime()));
        Thread thread =
                new Thread(() -> server.run(guard, new EchoQuestion(0, List.of(server)), null), "test-limited-echo");
        thread.start();
        try {
            LoadPlan plan = LoadPlans.open(2000, 1, "64", Duration.ofSeconds(1), server.address());

            LoadResult result = LoadPlans.run(LoadPlans.impatient(plan));

            assertThat(result.peer()).isNotNull();
            assertThat(result.loss().total()).isPositive();
            assertThat(result.loss().causes())
                    .containsEntry("peer-rate-limit", result.loss().total())
                    .containsEntry("path", 0L);
            assertThat(result.peer().dropped())
                    .containsEntry(DropReason.RATE_LIMIT, result.loss().total());
        } finally {
            server.close();
            thread.join();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT", "TERM"})
    void shouldReportWhenASignalEndsIt(String signal) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Process process = Child.builder(Child.command(
                            List.of(),
                            "load",
                            "127.0.0.1",
                            "" + echo.port(),
                            "--json",
                            "--duration",
                            "1h",
                            "--warmup",
                            "10ms",
                            "--rate",
                            "1000"))
                    .start();
            Await.until(() -> assertThat(echo.received()).isGreaterThan(100));
            new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();

            Child.Result child = Child.result(process);

            assertThat(child.exitCode()).as(child.toString()).isZero();
            assertThat(child.err()).isEmpty();
            assertThat(Json.number(Json.object(child.out().strip()), "received"))
                    .isPositive();
        }
    }

    /** Each target that says nothing takes over half a second to ask for its counts. */
    @ParameterizedTest
    @CsvSource({"1h, 64", "10ms, " + EchoQuestion.BYTES})
    void shouldReportSoonAfterASignalWhenManyTargetsAreSilent(String warmup, int lengthMeanwhile) throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getByName("0.0.0.0"))) {
            List<String> line = new ArrayList<>(
                    List.of("load", "127.0.0.1", "" + silent.getLocalPort(), "--json", "--warmup", warmup));
            for (int i = 2; i < 22; i++) {
                line.addAll(List.of("--also", "127.0.0." + i));
            }
            Process process = Child.builder(Child.command(List.of(), line.toArray(String[]::new)))
                    .start();
            while (receivedLength(silent) != lengthMeanwhile) {}
            new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();

            Child.Result child = Child.result(process);

            assertThat(child.exitCode()).as(child.toString()).isEqualTo(1);
            assertThat(child.err()).isEqualTo("sockeye load: ended before anything was sent\n");
            assertThat(Json.object(child.out().strip())).containsEntry("sent", 0L);
        }
    }

    // ---- limits

    @Test
    void shouldSayWhichLimitItsFlowsExceed() throws Exception {
        List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=60:60", "--"));
        command.addAll(Child.command(List.of(), "load", "127.0.0.1", "9", "--flows", "200"));

        Child.Result child = Child.result(Child.builder(command).start());

        assertThat(child.exitCode()).as(child.toString()).isEqualTo(Main.REFUSED);
        assertThat(child.err())
                .startsWith("sockeye load: --flows 200 need more descriptors than the 60 that this process may have")
                .contains("'ulimit -n'", "EMFILE")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "0ms", "0.0s"})
    void shouldTakeNoTimeAsNoWarmUp(String none) {
        assertThat(new LoadConverters.Warmup().convert(none)).isZero();
    }

    @Test
    void shouldRefuseMoreFlowsTimesBurstsThanItCanTellApart() {
        Cli cli = Cli.run("load", "127.0.0.1", "--flows=1025", "--burst=1024");

        assertThat(cli.exitCode()).isEqualTo(2);
        assertThat(cli.err()).contains("--flows 1025 with --burst 1024 want 1049600 places, and 1048576 are the most");
    }

    // ---- the report

    @Test
    void shouldLeaveOutTheSecondsItHadNoTimeToTell() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            LoadPlan plan = LoadPlans.open(
                    10, 1, "64", Duration.ofMillis(3500), new InetSocketAddress("127.0.0.1", echo.port()));
            try (LoadRun run = new LoadRun(plan, second -> sleep(Duration.ofMillis(2200)))) {
                LoadResult result = run.run();

                assertThat(result.timeline())
                        .as("the first second, the rest, and what a slow end may add")
                        .hasSizeBetween(2, 3);
                assertThat(result.timeline().stream()
                                .mapToLong(LoadSecond::sent)
                                .sum())
                        .isEqualTo(result.count(LoadCount.SENT));
            }
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldSayWhatItWasToDo() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            String options = "--rate 500 --flows 2 --threads 2 --size 64,512 --burst 2";

            Map<String, Object> plan = object(isClean(load(echo.port(), options.split(" "))), "plan");

            assertThat(plan)
                    .containsEntry("targets", List.of("127.0.0.1:" + echo.port()))
                    .containsEntry("rate", 500L)
                    .containsEntry("flows", 2L)
                    .containsEntry("threads", 2L)
                    .containsEntry("size", "64,512")
                    .containsEntry("burst", 2L)
                    .containsEntry("durationSeconds", 0.5)
                    .containsEntry("warmupSeconds", 0.05)
                    .containsEntry("timeoutSeconds", 5.0)
                    .doesNotContainKey("window");
        }
    }

    @Test
    void shouldWriteAReport(@TempDir Path directory) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Path file = directory.resolve("report.html");

            Map<String, Object> result = isClean(load(echo.port(), "--rate=1000", "--report", file.toString()));

            assertThat(Files.readString(file))
                    .contains("sockeye load", "127.0.0.1:" + echo.port(), "Round-trip time", "Lost, by cause")
                    .contains("too late", "of strangers", "due and not sent", "sent late, p99 in us")
                    .contains("\"throughputPps\":" + result.get("throughputPps"));
        }
    }

    @Test
    void shouldWriteAReportAlsoWhenNothingCameBack(@TempDir Path directory) throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Path file = directory.resolve("report.html");

            Cli cli = load(silent.getLocalPort(), "--timeout", "50ms", "--report", file.toString());

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(Files.readString(file)).contains("No figures: no answer at all");
        }
    }
}
