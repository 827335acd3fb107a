package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import java.net.DatagramPacket;
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

/** Mtu on loopback, where no rights and no lab are needed. */
class MtuTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldFindTheMtuOfLoopback(String address) throws Exception {
        InetAddress parsed = InetAddress.getByName(address);
        NetworkInterface device = NetworkInterface.getByName("lo");
        assumeTrue(
                parsed.getAddress().length == 4 || NetworkInterface.getByInetAddress(parsed) != null, "no " + address);
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Cli cli = Cli.run("mtu", address, "" + echo.port(), "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("mtu"))
                    .containsEntry("mtu", (long) Math.min(device.getMTU(), 65535))
                    .containsEntry("reportedBy", null)
                    .containsEntry("confirmed", true)
                    .containsEntry("forged", 0L);
        }
    }

    @Test
    void shouldDoWithAClosedPort() throws Exception {
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            free.connect(new InetSocketAddress(free.getLocalAddress(), free.getLocalPort())); // closed to all others

            Cli cli = Cli.run("mtu", "127.0.0.1", "" + free.getLocalPort());

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.out()).contains("\n68: arrived (port unreachable)\n", "\npath MTU ");
        }
    }

    @Test
    void shouldConfirmNothingOfASilentPeer() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            Cli cli = Cli.run("mtu", "127.0.0.1", "" + silent.getLocalPort(), "--timeout", "20ms", "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            assertThat(cli.event("mtu")).containsEntry("confirmed", false).containsEntry("reportedBy", null);
            assertThat((String) cli.event("mtu").get("reason")).startsWith("127.0.0.1 answers nothing");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldTellWhatItKnowsWhenASignalEndsIt(String signal) throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            server.setSoTimeout(15_000);
            Process process = Child.builder(
                            Child.command(List.of(), "mtu", "127.0.0.1", "" + server.getLocalPort(), "--timeout", "1h"))
                    .start();
            DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
            server.receive(packet);
            server.send(packet);
            server.receive(packet); // the next size, which nobody answers
            new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();

            Child.Result result = Child.result(process);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
            assertThat(result.out())
                    .contains("\n68: arrived (answered)\n")
                    .endsWith("\npath MTU unknown: ended early, packets of 68 bytes arrive\n");
            assertThat(result.err()).isEmpty();
        }
    }

    @Test
    void shouldRunForAnOrdinaryUser(@TempDir Path directory) throws Exception {
        Child.Result result = Child.runAsNobody(directory, List.of(), "mtu", "127.0.0.1", "9", "--json");

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.out()).contains("\"confirmed\":true");
        assertThat(result.err()).isEmpty();
    }
}
