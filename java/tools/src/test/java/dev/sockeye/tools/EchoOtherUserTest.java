package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.ReuseportGroup;
import dev.sockeye.TcpListener;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Echo on a port that sockets of another user share: the kernel lets nobody in, and root neither. */
@Timeout(60)
class EchoOtherUserTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;

    private static String[] echo(boolean tcp, String port) {
        List<String> arguments =
                new ArrayList<>(List.of("echo", "--bind", "127.0.0.1", "--port", port, "--sockets", "2", "--json"));
        if (tcp) {
            arguments.add("--tcp");
        }
        return arguments.toArray(String[]::new);
    }

    private static void checkRefusal(String port, int exitCode, String out, String err) {
        assertThat(exitCode).as(err).isEqualTo(3);
        assertThat(out).isEmpty();
        assertThat(err.lines()).singleElement().satisfies(line -> assertThat(line)
                .contains("port " + port + " is in use", "EADDRINUSE", "one of another user"));
    }

    private static ReuseportGroup<?> group(boolean tcp) throws IOException {
        InetSocketAddress local = new InetSocketAddress("127.0.0.1", 0);
        return tcp
                ? ReuseportGroup.listen(() -> TcpListener.open(INET), local, 2, 16)
                : ReuseportGroup.open(() -> UdpSocket.open(INET), local, 2);
    }

    @ParameterizedTest(name = "TCP {0}")
    @ValueSource(booleans = {false, true})
    void shouldNotJoinTheSocketsOfRoot(boolean tcp, @TempDir Path directory) throws Exception {
        try (ReuseportGroup<?> holders = group(tcp)) {
            String port = String.valueOf(holders.localAddress().getPort());

            Child.Result result = Child.runAsNobody(directory, List.of(), echo(tcp, port));

            checkRefusal(port, result.exitCode(), result.out(), result.err());
        }
    }

    @ParameterizedTest(name = "TCP {0}")
    @ValueSource(booleans = {false, true})
    void shouldNotJoinAsRootTheSocketsOfAnOrdinaryUser(boolean tcp, @TempDir Path directory) throws Exception {
        Process holder = Child.startAsNobody(directory, List.of(), echo(tcp, "0"));
        try {
            String ready = holder.inputReader().readLine();
            String port = String.valueOf(Json.number(Json.object(ready), "port"));

            Cli cli = Cli.run(echo(tcp, port));

            checkRefusal(port, cli.exitCode(), cli.out(), cli.err());
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }
}
