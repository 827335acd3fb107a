package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static Map<String, Object> capability(List<Map<String, Object>> events, String name) {
        return events.stream()
                .filter(event -> name.equals(event.get("name")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in " + events));
    }

    @Test
    void shouldSayWhatWorksHere() {
        Cli cli = Cli.run("doctor");

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out())
                .contains("kernel  Linux")
                .containsPattern("(?m)^yes  libsockeye ")
                .containsPattern("(?m)^yes  IP_PKTINFO ");
    }

    @Test
    void shouldPrintEventsAlone() {
        Cli cli = Cli.run("doctor", "--json");

        assertThat(cli.exitCode()).isZero();
        assertThat(cli.event("system")).containsKeys("version", "kernel", "user", "java");
        assertThat(cli.events().stream().map(event -> event.get("event")))
                .isSubsetOf("system", "capability", "shared-port"); // the last of other tests, which run meanwhile
        assertThat(cli.events().stream().filter(event -> event.get("event").equals("capability")))
                .hasSizeGreaterThan(10)
                .allSatisfy(event -> assertThat(event)
                        .containsEntry("event", "capability")
                        .containsOnlyKeys("event", "name", "purpose", "available", "reason")
                        .satisfies(e -> assertThat(e.get("reason") == null).isEqualTo(e.get("available"))));
    }

    @Test
    void shouldNamePortsThatSeveralSocketsShare() throws Exception {
        try (DatagramSocket first = new DatagramSocket(null);
                DatagramSocket second = new DatagramSocket(null)) {
            first.bind(
                    new InetSocketAddress("127.0.0.1", 0)); // with SO_REUSEPORT it may get a port that another test has
            first.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            second.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            second.bind(first.getLocalSocketAddress());

            assertThat(Cli.run("doctor").out()).contains("127.0.0.1:" + first.getLocalPort() + ", 2 sockets");
            assertThat(Cli.run("doctor", "--json").events().stream()
                            .filter(event -> event.get("event").equals("shared-port")))
                    .anySatisfy(event -> assertThat(event)
                            .containsEntry("address", "127.0.0.1")
                            .containsEntry("port", (long) first.getLocalPort())
                            .containsEntry("sockets", 2L));
        }
    }

    @Test
    void shouldGiveAnOrdinaryUserTheReasonForWhatIsMissing(@TempDir Path directory) throws Exception {
        Child.Result json = Child.runAsNobody(directory, List.of(), "doctor", "--json");
        Child.Result text = Child.runAsNobody(directory, List.of(), "doctor");

        assertThat(json.exitCode()).as(json.toString()).isZero();
        Map<String, Object> transparent = capability(Json.events(json.out()), "IP_TRANSPARENT");
        assertThat(transparent).containsEntry("available", false);
        assertThat((String) transparent.get("reason")).contains("EPERM");
        assertThat(text.out()).containsPattern("(?m)^NO   IP_TRANSPARENT .*\n +because: .*EPERM");
        assertThat(json.err() + text.err()).isEmpty();
    }

    @Test
    void shouldExitWithOneWithoutTheNativeLibrary() throws Exception {
        List<String> options = List.of("-Dsockeye.library.path=/nosuch");
        Child.Result json = Child.result(
                Child.builder(Child.command(options, "doctor", "--json")).start());

        assertThat(json.exitCode()).as(json.toString()).isEqualTo(1);
        assertThat(json.err()).isEmpty();
        Map<String, Object> library = capability(Json.events(json.out()), "libsockeye");
        assertThat(library).containsEntry("available", false);
        assertThat((String) library.get("reason")).contains("-Dsockeye.library.path=/nosuch");
    }
}
