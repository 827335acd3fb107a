package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lies about the path MTU never make mtu say less than the truth. */
@ExtendWith(LabExtension.class)
@Timeout(60)
class MtuForgeryTest {
    private static RoutedLab routed(Lab lab) {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1().ip("link set s0 mtu 1400");
        hosts.r2().ip("link set c0 mtu 1400");
        return hosts;
    }

    private static Cli mtu(RoutedLab hosts) throws Exception {
        return hosts.client().call(() -> Cli.run("mtu", "192.0.2.1", "--json", "--timeout", "300ms"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 68, 500, 1399, 1400, 1401, 65535})
    void shouldNotBelieveAnAttackerThatSeesEachPacket(int lie, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab);
        try (HopForger forger = HopForger.start(
                hosts,
                7007,
                true,
                (client, server, payload) ->
                        IcmpError.packetTooBig(HopForger.quote(client, server, payload, 500), lie))) {
            Cli cli = mtu(hosts);

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("mtu"))
                    .containsEntry("mtu", 1400L)
                    .containsEntry("confirmed", true)
                    .containsEntry("forged", 0L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 68, 500, 1399})
    void shouldIgnoreWhoeverDoesNotQuoteItsNonce(int lie, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab);
        try (HopForger forger = HopForger.start(hosts, 7007, true, (client, server, payload) -> {
            byte[] guessed = new byte[64];
            new Random(1).nextBytes(guessed);
            return IcmpError.packetTooBig(HopForger.quote(client, server, guessed, 64), lie);
        })) {
            Cli cli = mtu(hosts);

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.event("mtu"))
                    .containsEntry("mtu", 1400L)
                    .containsEntry("reportedBy", "10.0.0.1")
                    .containsEntry("confirmed", true);
            assertThat(Json.number(cli.event("mtu"), "forged")).isPositive();
        }
    }

    /** Else whoever guesses the port could make any size count as arrived. */
    @Test
    void shouldNotTakeAQuoteWithoutItsNonceForAnArrival(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab);
        try (HopForger forger = HopForger.start(
                hosts,
                7007,
                false,
                (client, server, payload) -> IcmpError.portUnreachable(HopForger.quote(client, server, payload, 4)))) {
            Cli cli = hosts.client().call(() -> Cli.run("mtu", "192.0.2.1", "--json", "--timeout", "50ms"));

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            assertThat(cli.event("mtu")).containsEntry("confirmed", false);
        }
    }
}
