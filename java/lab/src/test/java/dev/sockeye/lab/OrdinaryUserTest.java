package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.net.DatagramSocket;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of labs for a user without rights. */
@Timeout(60)
class OrdinaryUserTest {

    @TempDir
    static Path directory;

    private static String classPath;

    @BeforeAll
    static void copyClassPath() throws Exception {
        classPath = ChildJvm.readableClassPath(directory);
    }

    @BeforeEach
    void assumeRoot() throws Exception {
        ChildJvm.assumeOrdinaryUserPossible();
    }

    /** Uses all of a lab that needs a right. */
    static final class Builder {
        public static void main(String[] arguments) throws Exception {
            try (Lab lab = Lab.create()) {
                MultiHomedLab bed = MultiHomedLab.build(lab);
                bed.router().nft("table inet fw { chain forw { type filter hook forward priority filter; }; }");
                try (DatagramSocket server = Udp.open(bed.server(), StandardProtocolFamily.INET, Udp.PORT);
                        DatagramSocket client = Udp.open(bed.client(), StandardProtocolFamily.INET, 0)) {
                    Udp.send(client, MultiHomedLab.Role.SECONDARY.address(StandardProtocolFamily.INET));
                    Udp.echo(server);
                    System.out.println("answered by " + Udp.sender(client).getHostAddress());
                }
                System.out.println("forwarding " + bed.router().sysctl("net.ipv4.ip_forward"));
                System.out.println(
                        bed.server().exec("sh", "-c", "echo a process").strip());
            }
        }
    }

    /** A program that helps itself. */
    static final class Relauncher {
        public static void main(String[] arguments) throws Exception {
            OptionalInt exitCode = Lab.relaunch();
            if (exitCode.isPresent()) {
                System.out.println("second run ended with " + exitCode.getAsInt());
                System.exit(exitCode.getAsInt() + 1);
            }
            System.out.println("reason: " + Lab.unavailableReason().orElse("none"));
            System.exit(42);
        }
    }

    /** Tells why labs do not work. */
    static final class Asker {
        public static void main(String[] arguments) {
            System.out.println(Lab.unavailableReason().orElse("none"));
        }
    }

    @Test
    void shouldGetAReason() throws Exception {
        assertThat(run(ChildJvm.AS_NOBODY, Asker.class))
                .contains("host probe: unshare(CLONE_NEWNET): EPERM")
                .contains("unshare --user --map-root-user --net")
                .endsWith("[exit 0]");
    }

    @Test
    void shouldGetAReasonInAUserNamespaceWithoutANetworkOfItsOwn() throws Exception {
        ChildJvm.assumeUserNamespaces();

        assertThat(run(concat(ChildJvm.AS_NOBODY, "unshare", "--user", "--map-root-user"), Asker.class))
                .contains("could not return to its own network namespace")
                .endsWith("[exit 0]");
    }

    @Test
    void shouldBuildALabInAUserNamespace() throws Exception {
        ChildJvm.assumeUserNamespaces();

        assertThat(run(concat(ChildJvm.AS_NOBODY, "unshare", "-Urn"), Builder.class))
                .contains("answered by 192.0.2.1\nforwarding 1\na process\n[exit 0]");
    }

    @Test
    void shouldRunTheProgramOnceMoreInAUserNamespace() throws Exception {
        ChildJvm.assumeUserNamespaces();

        assertThat(run(ChildJvm.AS_NOBODY, Relauncher.class))
                .contains("reason: none\n")
                .endsWith("second run ended with 42\n[exit 43]");
    }

    @Test
    void shouldNotRunTheProgramTwiceWhereLabsWork() throws Exception {
        Lab.unavailableReason().ifPresent(reason -> abort(reason));

        assertThat(run(List.of(), Relauncher.class)).endsWith("reason: none\n[exit 42]");
    }

    @Test
    void shouldHaveLoopbackInTheNewNamespace() throws Exception {
        List<String> command = Lab.relaunchCommand(List.of("ip", "-brief", "address", "show", "lo"))
                .orElseGet(() -> abort("no user namespaces here"));

        assertThat(ChildJvm.output(ChildJvm.builder(List.of(), command).start()))
                .contains("127.0.0.1/8");
    }

    private static String run(List<String> prefix, Class<?> main) throws Exception {
        return ChildJvm.output(ChildJvm.builder(prefix, ChildJvm.command(classPath, main))
                .directory(directory.toFile())
                .start());
    }

    private static List<String> concat(List<String> first, String... second) {
        return Stream.concat(first.stream(), Stream.of(second)).toList();
    }
}
