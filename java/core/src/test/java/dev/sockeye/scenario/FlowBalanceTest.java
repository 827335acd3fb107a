package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.PacketBatch;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.Steering;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How evenly the flows of a thousand peers go to the members of a group. The peers are the same in every run, on a host
 * of their own; the kernel's hash has a secret, our own has none.
 */
@ExtendWith(LabExtension.class)
class FlowBalanceTest {
    private static final int FLOWS = 1000;

    private static int[] peerPorts() {
        return new Random(1).ints(10_000, 60_000).distinct().limit(FLOWS).toArray();
    }

    /** Takes in what has come, and counts it by the member's index. */
    private static void receive(ReuseportGroup<UdpSocket> group, PacketBatch batch, int[] counts) throws IOException {
        for (int member = 0; member < counts.length; member++) {
            counts[member] += group.members().get(member).receiveNow(batch);
        }
    }

    private static UdpSocket open(String address) throws IOException {
        return UdpSocket.open(address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    }

    @ParameterizedTest(name = "{1} members on {0}, own hash {2}")
    @CsvSource({
        "127.0.0.1, 2, false",
        "127.0.0.1, 4, false",
        "127.0.0.1, 8, false",
        "::1,       8, false",
        "127.0.0.1, 2, true",
        "127.0.0.1, 4, true",
        "127.0.0.1, 8, true",
        "::1,       2, true",
        "::1,       4, true",
        "::1,       8, true",
    })
    void shouldSpreadFlowsEvenly(String address, int members, boolean ownHash, Lab lab) throws Exception {
        Host host = lab.host("host");
        Assumptions.assumeTrue(host.hasIpv6() || !address.equals("::1"), "no IPv6 here");
        host.run(() -> {
            try (ReuseportGroup<UdpSocket> group =
                    ReuseportGroup.open(() -> open(address), new InetSocketAddress(address, 7007), members)) {
                group.steer(ownHash ? Steering.byFlow() : Steering.hash());
                PacketBatch batch = PacketBatch.allocate(1, 16);
                int[] counts = new int[members];
                for (int port : peerPorts()) {
                    try (UdpSocket peer = open(address).bind(new InetSocketAddress(address, port))) {
                        batch.clear();
                        batch.add().remote(group.localAddress()).length(1);
                        assertThat(peer.send(batch)).isEqualTo(1);
                    }
                    batch.clear();
                    receive(group, batch, counts);
                }
                double expected = (double) FLOWS / members;
                double chiSquare = Arrays.stream(counts)
                        .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                        .sum();
                System.out.printf(
                        "%d members on %s, own hash %s: %s, chi-square %.1f%n",
                        members, address, ownHash, Arrays.toString(counts), chiSquare);
                assertThat(Arrays.stream(counts).sum()).isEqualTo(FLOWS);
                assertThat(chiSquare).as(Arrays.toString(counts)).isLessThan(bound(members, ownHash));
            }
        });
    }

    /**
     * For members - 1 degrees of freedom: one of 1000 for the own hash, whose result is always the same, and one of
     * 1,000,000,000 for the kernel's.
     */
    private static double bound(int members, boolean ownHash) {
        return switch (members) {
            case 2 -> ownHash ? 10.8 : 37.3;
            case 4 -> ownHash ? 16.3 : 44.8;
            default -> ownHash ? 24.3 : 55.9;
        };
    }
}
