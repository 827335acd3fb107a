package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Echo as systemd starts it, with a socket. */
@Timeout(90)
class EchoActivationTest {
    private static List<String> activated(String kind, String... options) {
        List<String> command = new ArrayList<>(Child.command(List.of()));
        command.set(command.size() - 1, Activator.class.getName());
        command.add(kind);
        command.addAll(EchoChild.command(options));
        return command;
    }

    private static Child.Result refused(String kind, String... options) throws Exception {
        return Child.result(Child.builder(activated(kind, options)).start());
    }

    @Test
    void shouldServeTheSocketOfTheManager() throws Exception {
        try (EchoChild echo = EchoChild.start(activated("udp"));
                DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(20_000);
            client.send(new DatagramPacket(new byte[] {7}, 1, InetAddress.getByName("127.0.0.1"), echo.port()));
            client.receive(new DatagramPacket(new byte[1], 1));
            echo.terminate();
            Map<String, Object> totals = echo.totals();
            assertThat(totals).containsEntry("received", 1L).containsEntry("sent", 1L);
        }
    }

    @Test
    void shouldServeTheListenerOfTheManager() throws Exception {
        try (EchoChild echo = EchoChild.start(activated("tcp", "--tcp"));
                Socket client = new Socket("127.0.0.1", echo.port())) {
            client.setSoTimeout(20_000);
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
    }

    @Test
    void shouldSayWhatIsWrongInOneLine(@TempDir Path directory) throws Exception {
        Child.Result pipe = refused("pipe");
        assertThat(pipe.exitCode()).as(pipe.toString()).isEqualTo(3);
        assertThat(pipe.err().lines())
                .singleElement()
                .asString()
                .contains("descriptor 3 is a pipe: it must be a UDP socket, or a TCP socket that listens");

        Child.Result listener = refused("tcp");
        assertThat(listener.exitCode()).as(listener.toString()).isEqualTo(2);
        assertThat(listener.err().lines()).singleElement().asString().contains("of TCP", "give --tcp");

        Child.Result both =
                refused("udp", "--takeover", directory.resolve("takeover").toString());
        assertThat(both.exitCode()).as(both.toString()).isEqualTo(2);
        assertThat(both.err().lines()).singleElement().asString().contains("'--takeover'", "LISTEN_FDS");
    }
}
