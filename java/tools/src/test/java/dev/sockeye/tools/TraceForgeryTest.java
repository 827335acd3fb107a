package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What trace makes of errors that are forged, or that quote next to nothing. */
@ExtendWith(LabExtension.class)
@Timeout(60)
class TraceForgeryTest {
    private static List<String> addresses(Cli cli) {
        return cli.events().stream()
                .filter(event -> event.get("event").equals("hop"))
                .map(event -> event.get("ttl") + " " + event.get("address"))
                .toList();
    }

    @Test
    void shouldIgnoreAndCountErrorsThatQuoteNoneOfItsProbes(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        try (HopForger forger = HopForger.start(
                hosts,
                33434,
                true,
                (client, server, payload) ->
                        IcmpError.hopLimitExceeded(HopForger.quote(client, server, new byte[32], 32)))) {
            Cli cli = hosts.client().call(() -> Cli.run("trace", "192.0.2.1", "--json"));

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(addresses(cli)).containsExactly("1 10.0.0.1", "2 198.51.100.2", "3 192.0.2.1");
            assertThat(Json.number(cli.event("end"), "forged")).isPositive();
            assertThat(hosts.client().call(() -> Cli.run("trace", "192.0.2.1")).out())
                    .matches("(?s).*: an answer from 192.0.2.1 itself \\([0-9]+ errors? that quote none.*");
        }
    }

    /** As old routers do it, and some that are not so old. */
    @Test
    void shouldAskOneAtATimeWhatQuotesOnlyTheHeader(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        try (HopForger forger = HopForger.start(
                hosts,
                33434,
                false,
                (client, server, payload) ->
                        delayed(IcmpError.of(3, 13, HopForger.quote(client, server, payload, 0))))) {
            Cli cli = hosts.client().call(() -> Cli.run("trace", "192.0.2.1", "--json", "--timeout", "300ms"));

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            assertThat(addresses(cli)).containsExactly("1 10.0.0.1", "2 198.51.100.2", "3 10.0.0.1");
            Map<String, Object> end = cli.event("end");
            assertThat(end)
                    .containsEntry("hops", 3L)
                    .containsEntry("reason", "communication administratively prohibited from 10.0.0.1")
                    .containsEntry("forged", 0L);
            assertThat((List<?>) cli.event("hop").get("rttUs")).hasSize(3);
        }
    }

    /** So that more than one probe is outstanding when it comes. */
    private static IcmpError delayed(IcmpError error) {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return error;
    }
}
