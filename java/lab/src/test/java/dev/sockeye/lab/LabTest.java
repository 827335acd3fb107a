package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.File;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LabExtension.class)
@Timeout(30)
class LabTest {

    @Test
    void shouldKeepHostsApart(Lab lab) throws Exception {
        Host a = lab.host("a");
        Host b = lab.host("b");

        // The same port on the same address of both: impossible on one host.
        try (DatagramSocket first = Udp.open(a, StandardProtocolFamily.INET, Udp.PORT);
                DatagramSocket second = Udp.open(b, StandardProtocolFamily.INET, Udp.PORT)) {
            assertThat(second.getLocalPort()).isEqualTo(first.getLocalPort());
        }
        assertThat(a.exec("ip", "-brief", "link").lines()).hasSize(1);
    }

    @Test
    void shouldCarryDatagramsOverALink(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(server, "e0", client, "e0");
        server.address("e0", "192.0.2.1/24");
        client.address("e0", "192.0.2.2/24");

        assertThat(answerer(server, client, "192.0.2.1")).isEqualTo("192.0.2.1");
    }

    @Test
    void shouldCarryIpv6AtOnce(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        Udp.assumeIpv6(server);
        lab.link(server, "e0", client, "e0");
        server.address("e0", "2001:db8::1/64");
        client.address("e0", "2001:db8::2/64");

        assertThat(answerer(server, client, "2001:db8::1")).isEqualTo("2001:db8:0:0:0:0:0:1");
    }

    @Test
    void shouldRouteThroughARouterThatForwards(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host router = lab.host("router");
        Host client = lab.host("client");
        lab.link(server, "e0", router, "r0").link(client, "e0", router, "r1");
        server.address("e0", "192.0.2.1/24").route("default via 192.0.2.254");
        router.address("r0", "192.0.2.254/24").address("r1", "10.0.0.1/24");
        client.address("e0", "10.0.0.2/24").route("default via 10.0.0.1");

        router.forwarding();

        assertThat(answerer(server, client, "192.0.2.1")).isEqualTo("192.0.2.1");
    }

    @Test
    void shouldConnectThePortsOfABridge(Lab lab) throws Exception {
        Host sw = lab.host("switch");
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(sw, "p1", server, "e0").link(sw, "p2", client, "e0");
        sw.bridge("br0", "p1", "p2");
        server.address("e0", "192.0.2.1/24");
        client.address("e0", "192.0.2.2/24");

        assertThat(answerer(server, client, "192.0.2.1")).isEqualTo("192.0.2.1");
    }

    @Test
    void shouldCutALinkAndBringItBack(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(server, "e0", client, "e0");
        server.address("e0", "192.0.2.1/24");
        client.address("e0", "192.0.2.2/24");

        client.down("e0");
        assertThat(client.exec("ip", "-brief", "link", "show", "e0")).contains("DOWN");

        client.up("e0");
        assertThat(answerer(server, client, "192.0.2.1")).isEqualTo("192.0.2.1");
    }

    @Test
    void shouldBuildLabsWithTheSameAddressesInParallel() throws Exception {
        int labs = 4;
        ExecutorService threads = Executors.newFixedThreadPool(labs);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < labs; i++) {
                answers.add(threads.submit((Callable<String>) () -> {
                    try (Lab lab = Lab.create()) {
                        Host server = lab.host("server");
                        Host client = lab.host("client");
                        lab.link(server, "e0", client, "e0");
                        server.address("e0", "192.0.2.1/24");
                        client.address("e0", "192.0.2.2/24");
                        return answerer(server, client, "192.0.2.1");
                    }
                }));
            }
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo("192.0.2.1");
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldLeaveNothingBehindAfterClose() throws Throwable {
        useAndClose();
        int before = openDescriptors();

        List<String> identities = useAndClose();

        Await.until(() -> assertThat(openDescriptors()).isEqualTo(before));
        for (String identity : identities) {
            Await.until(() -> assertThat(Namespaces.holders(identity)).isEmpty());
        }
        Await.until(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .filteredOn(name -> name.startsWith("sockeye-lab-starter"))
                .isEmpty());
    }

    private static List<String> useAndClose() throws Exception {
        try (Lab lab = Lab.create()) {
            MultiHomedLab bed = MultiHomedLab.build(lab);
            bed.server().start("sleep", "1000");
            bed.client().run(() -> bed.server().exec("true"));
            return List.of(
                    bed.server().identity(),
                    bed.router().identity(),
                    bed.client().identity());
        }
    }

    private static int openDescriptors() {
        return new File("/proc/self/fd").list().length;
    }

    @Test
    void shouldCloseTwice() {
        Lab lab = Lab.create();
        lab.host("a");

        lab.close();
        lab.close();

        assertThatIllegalStateException().isThrownBy(() -> lab.host("b"));
    }

    @Test
    void shouldRefuseAHostNameThatIsTaken(Lab lab) {
        lab.host("a");

        assertThatIllegalArgumentException().isThrownBy(() -> lab.host("a"));
    }

    @Test
    void shouldSayWhichLinkIsRefused(Lab lab) {
        Host a = lab.host("a");
        Host b = lab.host("b");
        lab.link(a, "e0", b, "e0");

        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> lab.link(a, "e1", b, "e0"))
                .withMessageContaining("host b: ip link add e0")
                .withMessageContaining("File exists");
    }

    /** Asks a server on a wildcard socket and returns who answers. */
    private static String answerer(Host server, Host client, String address) throws Exception {
        InetAddress target = InetAddress.getByName(address);
        StandardProtocolFamily family =
                address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        try (DatagramSocket service = Udp.open(server, family, Udp.PORT);
                DatagramSocket asker = Udp.open(client, family, 0)) {
            Udp.send(asker, target);
            Udp.echo(service);
            return Udp.sender(asker).getHostAddress();
        }
    }
}
