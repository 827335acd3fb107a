package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes on loopback, where ICMP errors are not limited in rate. */
class ProbeTest {
    private static DatagramChannel bound(String address) throws IOException {
        return DatagramChannel.open().bind(new InetSocketAddress(address, 0));
    }

    private static int port(DatagramChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    /** A socket that is connected to itself: its port is closed to everybody else, and nobody else gets it. */
    private static DatagramChannel closed(String address) throws IOException {
        DatagramChannel channel = bound(address);
        return channel.connect(channel.getLocalAddress());
    }

    private static void assumeIpv6() throws Exception {
        assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no ::1 on this host");
    }

    private static Map<String, Object> verdict(Cli cli, int port) {
        return cli.events().stream()
                .filter(event -> event.get("event").equals("verdict")
                        && event.get("port").equals((long) port))
                .findAny()
                .orElseThrow(() -> new AssertionError("no verdict on " + port + " in " + cli));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1", "[::1]"})
    void shouldFindAnOpenPort(String address) throws Exception {
        assumeIpv6();
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run("probe", address, String.valueOf(echo.port()), "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            Map<String, Object> verdict = verdict(cli, echo.port());
            assertThat(verdict)
                    .containsEntry("verdict", "open")
                    .containsEntry("errno", null)
                    .containsEntry("icmp", null)
                    .containsEntry("offender", null)
                    .containsEntry("attempts", 1L)
                    .containsEntry("evidence", "answered with 16 bytes, an echo of ours");
            assertThat((Double) verdict.get("rttUs")).isBetween(1.0, 5e6);
            assertThat(cli.event("summary"))
                    .containsEntry("ports", 1L)
                    .containsEntry("open", 1L)
                    .containsEntry("no-answer", 0L)
                    .containsEntry("forged", 0L);
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,3,3", "127.0.0.2,3,3", "::1,1,4"})
    void shouldFindAClosedPort(String address, long type, long code) throws Exception {
        assumeIpv6();
        try (DatagramChannel closed = closed(address)) {
            Cli cli = Cli.run("probe", address, portText(closed), "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            assertThat(verdict(cli, port(closed)))
                    .containsEntry("verdict", "closed")
                    .containsEntry("errno", "ECONNREFUSED")
                    .containsEntry("icmp", Map.of("type", type, "code", code))
                    .containsEntry("offender", address)
                    .containsEntry("attempts", 1L)
                    .containsEntry("evidence", "port unreachable from " + address + " itself, quoting our datagram");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldNotTakeSilenceForOpen(String address) throws Exception {
        assumeIpv6();
        try (DatagramChannel silent = bound(address)) {
            String port = String.valueOf(port(silent));

            Cli cli = Cli.run("probe", address, port, "--timeout", "100ms");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.out())
                    .contains(port + " no-answer: nothing came back: open, or filtered, 3 attempts\n")
                    .containsPattern("1 no-answer in \\d+\\.\\d s\n");
            assertThat(cli.err()).isEmpty();
            silent.configureBlocking(false);
            for (int i = 0; i < 3; i++) {
                assertThat(silent.receive(ByteBuffer.allocate(100))).isNotNull();
            }
            assertThat(silent.receive(ByteBuffer.allocate(100))).isNull();
        }
    }

    @Test
    void shouldAskAsOftenAsItIsTold() throws Exception {
        try (DatagramChannel silent = bound("127.0.0.1")) {
            Cli cli = Cli.run(
                    "probe", "127.0.0.1", String.valueOf(port(silent)), "--timeout=50ms", "--attempts=1", "--json");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(verdict(cli, port(silent)))
                    .containsEntry("verdict", "no-answer")
                    .containsEntry("rttUs", null)
                    .containsEntry("attempts", 1L);
            assertThat((Double) cli.event("summary").get("seconds")).isGreaterThanOrEqualTo(0.05);
        }
    }

    /** An answer to an early attempt counts although a later one was sent. */
    @Test
    void shouldTakeALateAnswer() throws Exception {
        try (DatagramChannel slow = bound("127.0.0.1")) {
            CompletableFuture<Cli> probe = CompletableFuture.supplyAsync(
                    () -> Cli.run("probe", "127.0.0.1", portText(slow), "--timeout=2s", "--json"));
            ByteBuffer question = ByteBuffer.allocate(100);
            var from = slow.receive(question);
            slow.receive(ByteBuffer.allocate(100)); // the second attempt
            slow.send(question.flip(), from);

            Cli cli = probe.get();
            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat((Double) verdict(cli, port(slow)).get("rttUs")).isGreaterThan(1_000_000);
            assertThat(verdict(cli, port(slow))).containsEntry("attempts", 2L);
        }
    }

    private static String portText(DatagramChannel channel) {
        try {
            return String.valueOf(port(channel));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldGiveEachOfSeveralPortsItsVerdictInOrder() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run();
                DatagramChannel silent = bound("127.0.0.1");
                DatagramChannel shut = closed("127.0.0.1")) {
            int closed = port(shut);

            Cli cli = Cli.run(
                    "probe",
                    "127.0.0.1",
                    echo.port() + "," + closed,
                    echo.port() + "-" + echo.port(),
                    portText(silent),
                    "--attempts=1",
                    "--timeout=1s");

            assertThat(cli.exitCode()).isEqualTo(1);
            List<String> lines = cli.out().lines().toList();
            assertThat(lines).hasSize(5);
            assertThat(lines.get(0)).isEqualTo("probe udp 127.0.0.1, 3 ports");
            assertThat(lines.get(4)).startsWith("1 open, 1 closed, 1 no-answer in ");
            assertThat(lines.subList(1, 4))
                    .isSortedAccordingTo(java.util.Comparator.comparingInt(
                            line -> Integer.parseInt(line.substring(0, line.indexOf(' ')))))
                    .anySatisfy(line -> assertThat(line).startsWith(echo.port() + " open: answered with 16 bytes"))
                    .anySatisfy(
                            line -> assertThat(line).startsWith(closed + " closed: port unreachable from 127.0.0.1"))
                    .anySatisfy(line -> assertThat(line).startsWith(portText(silent) + " no-answer: "));
        }
    }

    @Test
    void shouldPutManyPortsTogether() throws Exception {
        try (DatagramChannel open = DatagramChannel.open().bind(new InetSocketAddress("127.1.2.3", 25))) {
            Cli cli = Cli.run("probe", "127.1.2.3", "1-60", "--attempts", "1", "--timeout=2s");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.out())
                    .startsWith("probe udp 127.1.2.3, 60 ports\n"
                            + "closed: 1-24,26-60: port unreachable from 127.1.2.3 itself, quoting our datagram\n"
                            + "no-answer: 25: nothing came back: open, or filtered\n"
                            + "59 closed, 1 no-answer in ");
        }
    }

    /** All ports at once need more sockets than it opens. */
    @Test
    void shouldGetThroughManyPorts() {
        Cli cli = Cli.run("probe", "127.3.2.1", "1-5000", "--json", "--timeout=1s");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.event("summary")).containsEntry("ports", 5000L).containsEntry("closed", 5000L);
        assertThat(cli.events()).hasSize(5001);
    }

    @ParameterizedTest
    @CsvSource({"text:,0", "text:hello,5", "text:hex:00,6", "text:\u00fc,2", "hex:,0", "hex:00fFAa,3", "@,3000"})
    void shouldSendTheGivenPayload(String payload, int length, @TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("payload"), new byte[3000]);
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run(
                    "probe",
                    "127.0.0.1",
                    String.valueOf(echo.port()),
                    "--json",
                    "--payload",
                    payload.equals("@") ? "@" + file : payload);

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat((String) verdict(cli, echo.port()).get("evidence"))
                    .startsWith("answered with " + length + " byte");
        }
    }

    @Test
    void shouldFindAClosedPortWithAnEmptyDatagramByItsPortsAlone() throws Exception {
        try (DatagramChannel closed = closed("127.0.0.1")) {
            Cli cli = Cli.run("probe", "127.0.0.1", portText(closed), "--payload=text:");

            assertThat(cli.out())
                    .contains(portText(closed)
                            + " closed: port unreachable from 127.0.0.1 itself, quoting only our ports");
        }
    }

    @Test
    void shouldSayWhichFilesCannotBeSent(@TempDir Path directory) throws Exception {
        Path large = Files.write(directory.resolve("large"), new byte[65508]);

        assertThat(Cli.run("probe", "::1", "9", "--payload", "@" + directory.resolve("no"))
                        .err())
                .contains("--payload", "there is no file");
        assertThat(Cli.run("probe", "::1", "9", "--payload", "@" + directory).err())
                .contains("--payload", "cannot be read");
        assertThat(Cli.run("probe", "::1", "9", "--payload", "@" + large).err())
                .contains("--payload", "at most 65507 bytes");
    }

    @Test
    void shouldSayThatAFileMayNotBeRead(@TempDir Path directory) throws Exception {
        Path secret = Files.write(directory.resolve("secret"), new byte[1]);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));

        Child.Result result =
                Child.runAsNobody(directory, List.of(), "probe", "127.0.0.1", "9", "--payload", "@" + secret);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
        assertThat(result.err()).contains("the file '" + secret + "' cannot be read: permission denied");
    }

    @Test
    void shouldNeedNoPrivileges(@TempDir Path directory) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run();
                DatagramChannel closedSocket = closed("127.0.0.1")) {
            int closed = port(closedSocket);

            Child.Result open =
                    Child.runAsNobody(directory, List.of(), "probe", "127.0.0.1", String.valueOf(echo.port()));
            Child.Result shut = Child.runAsNobody(directory, List.of(), "probe", "127.0.0.1", String.valueOf(closed));

            assertThat(open.exitCode()).as(open.toString()).isZero();
            assertThat(shut.exitCode()).as(shut.toString()).isEqualTo(1);
            assertThat(shut.out()).contains(closed + " closed: ");
            assertThat(shut.err()).isEmpty();
        }
    }

    /** A scan may take long: what it has found so far is not lost. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldSumUpWhenASignalEndsIt(String signal) throws Exception {
        try (DatagramChannel silent = bound("127.0.0.1");
                DatagramChannel shut = closed("127.0.0.1")) {
            int closed = port(shut);
            Process process = Child.builder(
                            Child.command(List.of(), "probe", "127.0.0.1", closed + "," + portText(silent), "--json"))
                    .start();
            silent.receive(ByteBuffer.allocate(100));
            silent.receive(ByteBuffer.allocate(100)); // so the first round is over
            new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();

            Child.Result result = Child.result(process);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
            assertThat(Json.events(result.out())).hasSize(2).last().satisfies(summary -> assertThat(summary)
                    .containsEntry("event", "summary")
                    .containsEntry("closed", 1L)
                    .containsEntry("undecided", 1L));
        }
    }

    /** This JVM's class path without folders: a class in one cannot be loaded any more when no descriptor is left. */
    private static String jars(Path directory) {
        List<String> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            if (Files.isDirectory(Path.of(entry))) {
                String jar = directory.resolve(jars.size() + ".jar").toString();
                assertThat(ToolProvider.findFirst("jar")
                                .orElseThrow()
                                .run(System.out, System.err, "--create", "--file", jar, "-C", entry, "."))
                        .isZero();
                jars.add(jar);
            } else {
                jars.add(entry);
            }
        }
        return String.join(":", jars);
    }

    @Test
    void shouldSayWhatTheSystemRefuses(@TempDir Path directory) throws Exception {
        List<DatagramChannel> silent = new ArrayList<>();
        try {
            List<String> arguments = new ArrayList<>(List.of("probe", "127.0.0.1"));
            for (int i = 0; i < 100; i++) {
                silent.add(bound("127.0.0.1"));
                arguments.add(portText(silent.get(i)));
            }
            List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=64", "--"));
            command.addAll(Child.command(List.of("-XX:-MaxFDLimit"), arguments.toArray(String[]::new)));
            command.set(command.indexOf("-cp") + 1, jars(directory));

            Child.Result result = Child.result(Child.builder(command).start());

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
            assertThat(result.err().lines()).singleElement().satisfies(line -> assertThat(line)
                    .startsWith("sockeye probe: ")
                    .contains("EMFILE"));
        } finally {
            for (DatagramChannel channel : silent) {
                channel.close();
            }
        }
    }
}
