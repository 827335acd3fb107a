package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Closed ports of a host that limits its ICMP errors as Linux does by default. */
@ExtendWith(LabExtension.class)
class ProbeRateLimitTest {
    private static final int CLOSED_PORTS = 30;

    /** Six at once and then one a second: what the kernel itself takes for IPv4 is all but 24 s. */
    @Test
    @Timeout(90)
    void shouldNotCallAClosedPortSilent(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        for (Host host : List.of(hosts.client(), hosts.r1(), hosts.r2(), hosts.server())) {
            host.defaultIcmpLimits();
        }
        List<CompletableFuture<Cli>> probes = new ArrayList<>();
        probes.add(probe(hosts, StandardProtocolFamily.INET));
        if (hosts.client().hasIpv6()) {
            probes.add(probe(hosts, StandardProtocolFamily.INET6));
        }
        for (CompletableFuture<Cli> probe : probes) {
            Cli cli = probe.get();
            assertThat(cli.event("summary"))
                    .as(cli.toString())
                    .containsEntry("ports", (long) CLOSED_PORTS)
                    .containsEntry("closed", (long) CLOSED_PORTS)
                    .containsEntry("no-answer", 0L);
        }
    }

    /** In a thread of its own, since the thread that starts others must be in the host alone. */
    private static CompletableFuture<Cli> probe(RoutedLab hosts, StandardProtocolFamily family) {
        String server = dev.sockeye.tools.Host.text(hosts.serverAddress(family));
        CompletableFuture<Cli> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(hosts.client().call(() -> Cli.run("probe", server, "1-" + CLOSED_PORTS, "--json")));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
