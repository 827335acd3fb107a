package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trace on loopback, where no rights and no lab are needed. */
class TraceTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1"})
    void shouldFindThisHostOneHopAway(String address) throws Exception {
        InetAddress parsed = InetAddress.getByName(address);
        assumeTrue(
                parsed.getAddress().length == 4 || NetworkInterface.getByInetAddress(parsed) != null, "no " + address);
        try (DatagramSocket free = new DatagramSocket(0, parsed)) {
            int port = free.getLocalPort();
            free.connect(new InetSocketAddress(parsed, port)); // closed to everybody else

            Cli cli = Cli.run("trace", address, "" + port, "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.events()).hasSize(2);
            assertThat(cli.event("hop"))
                    .containsEntry("ttl", 1L)
                    .containsEntry("address", address)
                    .containsEntry("flows", List.of(0L));
            assertThat((List<?>) cli.event("hop").get("rttUs")).hasSize(3).noneMatch(rtt -> (Double) rtt <= 0);
            assertThat(cli.event("end"))
                    .containsEntry("reached", true)
                    .containsEntry("hops", 1L)
                    .containsEntry("reason", "port unreachable from " + address + " itself");
        }
    }

    @Test
    void shouldFindAnEchoOneHopAway() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run("trace", "127.0.0.1", "" + echo.port(), "--flows", "3", "--probes", "2");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.out())
                    .contains(", 2 probes each, 3 flows\n", " 1  127.0.0.1, flows 0 1 2: answered, ")
                    .endsWith("reached in 1 hop: an answer from 127.0.0.1 itself\n");
        }
    }

    @Test
    void shouldRunForAnOrdinaryUser(@TempDir Path directory) throws Exception {
        Child.Result result = Child.runAsNobody(directory, List.of(), "trace", "127.0.0.1", "9", "--json");

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.out()).contains("\"reached\":true");
        assertThat(result.err()).isEmpty();
    }
}
