package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PingTest {
    /** Answers each datagram in some way; the JDK's sockets, so the source is the kernel's choice. */
    private interface Answer {
        void to(ByteBuffer question, SocketAddress from, DatagramChannel server) throws IOException;
    }

    /** A server that ends with its channel. */
    private static DatagramChannel server(SocketAddress address, Answer answer) throws IOException {
        DatagramChannel channel = DatagramChannel.open().bind(address);
        Thread thread = new Thread(() -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(65536);
            try {
                for (; ; ) {
                    SocketAddress from = channel.receive(buffer.clear());
                    answer.to(buffer.flip(), from, channel);
                }
            } catch (IOException e) {
                return; // closed
            }
        });
        thread.setDaemon(true);
        thread.start();
        return channel;
    }

    private static String port(DatagramChannel channel) throws IOException {
        return String.valueOf(((InetSocketAddress) channel.getLocalAddress()).getPort());
    }

    private static Cli ping(String host, String port, String... options) {
        String[] all = new String[options.length + 8];
        System.arraycopy(
                new String[] {"ping", host, port, "--json", "--interval", "1ms", "--timeout", "300ms"}, 0, all, 0, 8);
        System.arraycopy(options, 0, all, 8, options.length);
        return Cli.run(all);
    }

    private static void assumeIpv6() throws Exception {
        assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no ::1 on this host");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "127.255.255.254"})
    void shouldFindTheSourceOfOurEchoRight(String address) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = ping(address, String.valueOf(echo.port()), "--count", "20");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            List<Map<String, Object>> replies = cli.events().subList(0, 20);
            assertThat(replies).allSatisfy(reply -> {
                assertThat(reply)
                        .containsEntry("event", "reply")
                        .containsEntry("from", address)
                        .containsEntry("expected", address)
                        .containsEntry("sourceCorrect", true);
                assertThat((Double) reply.get("rttUs")).isBetween(1.0, 5e6);
            });
            assertThat(cli.event("summary"))
                    .containsEntry("sent", 20L)
                    .containsEntry("received", 20L)
                    .containsEntry("lost", 0L)
                    .containsEntry("wrongSource", 0L)
                    .containsEntry("duplicates", 0L)
                    .containsEntry("refused", 0L)
                    .containsEntry("strays", 0L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]"})
    void shouldPingIpv6(String host) throws Exception {
        assumeIpv6();
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            String port = String.valueOf(echo.port());

            Cli cli = ping(host, port, "-6", "--count", "3", "--from", "::1");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("reply")).containsEntry("from", "::1").containsEntry("expected", "::1");
            assertThat(Cli.run("ping", host, port, "--count", "1").out()).contains("ping udp [::1]:" + port, "(right)");
        }
    }

    @Test
    void shouldFindTheSourceOfAPlainEchoWrong() throws Exception {
        try (DatagramChannel plain = server(null, (question, from, server) -> server.send(question, from))) {
            Cli cli = ping("127.0.0.2", port(plain), "--count", "3");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.event("reply"))
                    .containsEntry("from", "127.0.0.1")
                    .containsEntry("expected", "127.0.0.2")
                    .containsEntry("sourceCorrect", false);
            assertThat(cli.event("summary")).containsEntry("wrongSource", 3L).containsEntry("received", 3L);
            assertThat(Cli.run("ping", "127.0.0.2", port(plain), "--count", "1").out())
                    .contains("WRONG, asked 127.0.0.2", "wrong source 1");
        }
    }

    @Test
    void shouldFindAnotherPortWrong() throws Exception {
        try (DatagramChannel other = DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                DatagramChannel plain = server(null, (question, from, server) -> other.send(question, from))) {
            Cli cli = ping("127.0.0.1", port(plain), "--count", "1");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.event("reply")).containsEntry("sourceCorrect", false);
        }
    }

    @Test
    void shouldSayThatNobodyAnswers() throws Exception {
        try (DatagramChannel silent = server(null, (question, from, server) -> {})) {
            Cli cli = ping("127.0.0.1", port(silent), "--count", "3");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.events().subList(0, 3))
                    .extracting(event -> event.get("event") + " " + event.get("seq"))
                    .containsExactly("no-answer 0", "no-answer 1", "no-answer 2");
            assertThat(cli.events()).hasSize(4);
            assertThat(cli.event("summary"))
                    .containsEntry("sent", 3L)
                    .containsEntry("received", 0L)
                    .containsEntry("lost", 3L)
                    .doesNotContainKey("rttUs");
        }
    }

    @Test
    void shouldCountDuplicatesAndStrays() throws Exception {
        Answer answer = (question, from, server) -> {
            server.send(question.rewind(), from);
            server.send(question.rewind(), from);
            server.send(ByteBuffer.wrap(new byte[64]), from); // the right size, nothing else
            server.send(ByteBuffer.wrap(new byte[0]), from);
            question.putLong(8, question.getLong(8) + 1_000_000); // a ping that was never sent
            server.send(question.rewind(), from);
        };
        try (DatagramChannel odd = server(new InetSocketAddress("127.0.0.1", 0), answer)) {
            // The last one is waited for alone, so what comes after it is not seen.
            Cli cli = Cli.run(
                    "ping", "127.0.0.1", port(odd), "--count", "4", "--interval", "50ms", "--timeout", "1s", "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.events().stream().filter(e -> e.get("event").equals("reply")))
                    .hasSize(4);
            Map<String, Object> summary = cli.event("summary");
            assertThat(summary).containsEntry("received", 4L).containsEntry("lost", 0L);
            assertThat(Json.number(summary, "duplicates")).isBetween(3L, 4L);
            assertThat(Json.number(summary, "strays")).isBetween(9L, 12L);
        }
    }

    @Test
    void shouldNotTakeAChangedAnswer() throws Exception {
        Answer answer = (question, from, server) -> server.send(question.put(63, (byte) 0x55), from);
        try (DatagramChannel odd = server(null, answer)) {
            Cli cli = ping("127.0.0.1", port(odd), "--count", "1");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.event("summary")).containsEntry("strays", 1L).containsEntry("received", 0L);
        }
    }

    @Test
    void shouldAskFromTheGivenAddress() throws Exception {
        List<InetAddress> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
        Answer answer = (question, from, server) -> {
            seen.add(((InetSocketAddress) from).getAddress());
            server.send(question, from);
        };
        try (DatagramChannel plain = server(new InetSocketAddress("127.0.0.1", 0), answer)) {
            Cli cli = ping("127.0.0.1", port(plain), "--count", "1", "--from", "127.0.0.9");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(seen).containsExactly(InetAddress.getByName("127.0.0.9"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"16", "17", "65507"})
    void shouldPingWithPayloadsOfEverySize(String size) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = ping("127.0.0.1", String.valueOf(echo.port()), "--count", "2", "--size", size);

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("summary")).containsEntry("received", 2L);
        }
    }

    /** Answers must be taken in also while the next ping is overdue: the buffer does not hold all of them. */
    @Test
    void shouldTakeAnswersInWhenItCannotKeepToTheInterval() throws Exception {
        assumeTrue(Cli.run("doctor").out().contains("yes  SO_RCVBUFFORCE"), "this user gets only a small buffer");
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            String port = String.valueOf(echo.port());

            Cli cli = Cli.run("ping", "127.0.0.1", port, "--count", "30000", "--interval", "1us", "--json");

            assertThat(Json.number(cli.event("summary"), "lost")).isLessThan(1000);
        }
    }

    @Test
    void shouldRefuseASourceThatIsNotOfThisHost() {
        Cli cli = Cli.run("ping", "127.0.0.1", "--from", "192.0.2.77", "--count", "1");

        assertThat(cli.exitCode()).isEqualTo(3);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).singleElement().satisfies(line -> assertThat(line)
                .contains("--from 192.0.2.77", "not an address of this host"));
    }

    @Test
    void shouldSayWhatTheSystemRefuses() {
        Cli cli = ping("127.255.255.255", "7007", "--count", "2"); // the broadcast address of loopback

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.err()).isEmpty();
        assertThat((String) cli.event("refused").get("reason"))
                .startsWith("a route of this host prohibits it, or it is a broadcast address [")
                .contains("to 127.255.255.255:7007", "EACCES");
        assertThat(cli.event("summary")).containsEntry("sent", 0L).containsEntry("refused", 2L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldSumUpWhenASignalEndsIt(String signal) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Process process = Child.builder(Child.command(
                            List.of(),
                            "ping",
                            "127.0.0.1",
                            "" + echo.port(),
                            "--count",
                            "100000",
                            "--interval",
                            "10ms"))
                    .start();
            Await.until(() -> assertThat(echo.received()).isGreaterThan(10));
            new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();

            Child.Result result = Child.result(process);

            assertThat(result.exitCode()).as(result.toString()).isZero();
            assertThat(result.out()).contains("sent ", "answered ", "rtt us: min ");
            assertThat(result.err()).isEmpty();
        }
    }
}
