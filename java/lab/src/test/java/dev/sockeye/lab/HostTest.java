package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LabExtension.class)
@Timeout(20)
class HostTest {

    private Lab lab;
    private Host host;

    @BeforeEach
    void makeHost(Lab lab) {
        this.lab = lab;
        host = lab.host("server");
    }

    @Test
    void shouldTakeTheThreadToTheHostAndBack() throws Exception {
        String home = Namespaces.ofThisThread();

        String inside = host.call(Namespaces::ofThisThread);

        assertThat(inside).startsWith("net:[").isNotEqualTo(home).isEqualTo(host.identity());
        assertThat(Namespaces.ofThisThread()).isEqualTo(home);
    }

    @Test
    void shouldTakeTheThreadBackAfterAnException() {
        String home = Namespaces.ofThisThread();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> host.run(() -> {
                    throw new IOException("from inside");
                }));

        assertThat(Namespaces.ofThisThread()).isEqualTo(home);
    }

    @Test
    void shouldComeBackToTheOuterHostFromANestedCall() throws Exception {
        Host other = lab.host("other");
        host.run(() -> {
            String outer = Namespaces.ofThisThread();

            assertThat(other.call(Namespaces::ofThisThread)).isNotEqualTo(outer);
            assertThat(Namespaces.ofThisThread()).isEqualTo(outer);
        });
    }

    @Test
    void shouldRefuseAVirtualThread() throws Exception {
        Method startVirtualThread = startVirtualThread();
        FutureTask<String> task = new FutureTask<>(() -> host.call(() -> "entered"));

        startVirtualThread.invoke(null, task);

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> task.get(5, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class)
                .withMessageContaining("use a platform thread");
    }

    private static Method startVirtualThread() {
        try {
            return Thread.class.getMethod("startVirtualThread", Runnable.class);
        } catch (NoSuchMethodException e) {
            return abort("this JDK has no virtual threads");
        }
    }

    @Test
    void shouldRefuseToEnterAClosedLab() {
        lab.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> host.call(() -> "entered"))
                .withMessageContaining("closed");
    }

    @Test
    void shouldHaveTheParametersThatLabsRelyOn() throws Exception {
        assertThat(host.sysctl("net.ipv4.ip_forward")).isEqualTo("0");
        assertThat(host.sysctl("net.ipv4.conf.default.rp_filter")).isEqualTo("0");
        assertThat(host.sysctl("net.ipv4.icmp_ratemask")).isEqualTo("0");
        assertThat(host.exec("ip", "link", "show", "dev", "lo")).contains("UP");
    }

    @Test
    void shouldSetAParameterOfThisHostOnly() throws Exception {
        Host other = lab.host("other");

        host.sysctl("net.ipv4.ip_default_ttl", "33");

        assertThat(host.sysctl("net.ipv4.ip_default_ttl")).isEqualTo("33");
        assertThat(other.sysctl("net.ipv4.ip_default_ttl")).isNotEqualTo("33");
    }

    @Test
    void shouldReportAParameterThatTheKernelKeepsOtherwise() {
        // Octal: the kernel takes it without an error and keeps 8.
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.sysctl("net.ipv4.ip_default_ttl", "010"))
                .withMessage("host server: sysctl net.ipv4.ip_default_ttl: set to 010, but the kernel keeps 8");
    }

    @Test
    void shouldReportAParameterThatIsNotThere() {
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.sysctl("net.ipv4.no_such", "1"))
                .withMessageContaining("host server: sysctl net.ipv4.no_such")
                .withMessageContaining("no such parameter");
    }

    @Test
    void shouldNameTheLineThatIpRefuses() {
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.ip("link set lo mtu 1500", "link set nowhere up"))
                .withMessageContaining("host server: ip link set nowhere up")
                .withMessageContaining("Cannot find device");
    }

    @Test
    void shouldNameTheLineThatNftRefuses() {
        String ruleset =
                """
                table inet fw {
                  chain inpt { type filter hook input priority filter; }
                  chain oops { typo filter; }
                }
                """;

        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.nft(ruleset))
                .withMessageContaining("host server: nft")
                .withMessageContaining(":3:")
                .withMessageContaining("typo filter");
    }

    @Test
    void shouldLoadARuleset() {
        host.nft("table inet fw { chain inpt { type filter hook input priority filter; udp dport 7007 drop; }; }");

        assertThat(host.exec("nft", "list", "ruleset")).contains("udp dport 7007 drop");
    }

    @Test
    void shouldAddRulesOfBothFamilies() {
        host.rule("from 192.0.2.11 table 100");
        assertThat(host.exec("ip", "-4", "rule")).contains("from 192.0.2.11 lookup 100");

        assumeTrue(host.hasIpv6(), "this kernel has no IPv6");
        host.rule("from 2001:db8::11 table 100");
        assertThat(host.exec("ip", "-6", "rule")).contains("from 2001:db8::11 lookup 100");
    }

    @Test
    void shouldRunAProcessThatSeesTheAddressesOfTheHost() {
        lab.link(host, "e0", lab.host("peer"), "e0");
        host.address("e0", "192.0.2.1/24");

        String addresses = host.exec("ip", "-brief", "address");

        assertThat(addresses).contains("e0@").contains("192.0.2.1/24");
    }

    @Test
    void shouldReportACommandThatFails() {
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.exec("sh", "-c", "echo out; echo because >&2; exit 3"))
                .withMessageContaining("host server: sh -c")
                .withMessageContaining("exit code 3")
                .withMessageContaining("because")
                .withMessageContaining("out");
    }

    @Test
    void shouldReportAProgramThatIsNotThere() {
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.start("no-such-program"))
                .withMessageContaining("host server: no-such-program: there is no program");
    }

    @Test
    void shouldEndACommandThatTakesTooLong() throws Throwable {
        assertThatExceptionOfType(LabException.class)
                .isThrownBy(() -> host.exec(Duration.ofMillis(200), "sh", "-c", "sleep 1000; true"))
                .withMessageContaining("did not end within 200 ms");

        Await.until(() -> assertThat(Namespaces.holders(host.identity()))
                .as("only this JVM's descriptor")
                .hasSize(1));
    }

    @Test
    void shouldStartAProcessInTheHostWithItsEnvironmentAndDirectory() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "echo $FRUIT; pwd; readlink /proc/self/ns/net")
                .directory(Path.of("/").toFile());
        builder.environment().put("FRUIT", "pear");

        Process process = host.start(builder);

        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("pear\n/\n" + host.identity() + "\n");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void shouldKillProcessesAndWhatTheyLeftBehindOnClose() throws Throwable {
        String identity = host.identity();
        Process process = host.start("sleep", "1000");
        host.start("sh", "-c", "setsid sleep 1001 & exit 0").waitFor();
        assertThat(Namespaces.holders(identity)).hasSizeGreaterThan(1);

        lab.close();

        assertThat(process.isAlive()).isFalse();
        Await.until(() -> assertThat(Namespaces.holders(identity)).isEmpty());
    }
}
