package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose error it is, in a group whose members the kernel mixes up. */
class ReuseportErrorTest {
    @ParameterizedTest(name = "{0}, payload of {1} bytes")
    @CsvSource({"127.0.0.1, 20", "127.0.0.1, 4", "::1, 20"})
    void shouldGiveEachErrorToTheMemberThatSentWhatItQuotes(String address, int size) throws Exception {
        int datagrams = 40;
        boolean ipv6 = address.contains(":");
        try (ReuseportGroup<UdpSocket> group = ReuseportGroup.open(
                        () -> UdpSocket.open(ipv6 ? Loopback.INET6 : Loopback.INET)
                                .setOption(LinuxSocketOptions.IP_RECVERR, true),
                        new InetSocketAddress(address, 0),
                        4);
                UdpSocket port = Loopback.bound(address)) {
            port.connect(Loopback.at(port)); // closed to everybody else
            List<UdpSocket> members = group.members();
            Map<Integer, UdpSocket> senders = new HashMap<>();
            PacketBatch batch = PacketBatch.allocate(1, size);
            for (int number = 0; number < datagrams; number++) {
                UdpSocket sender = members.get(number % 4);
                batch.clear();
                batch.add().remote(Loopback.at(port)).length(size);
                batch.get(0).payload().putInt(number);
                assertThat(sender.send(batch)).isEqualTo(1);
                senders.put(number, sender);
            }
            for (UdpSocket member : members) {
                member.receiveNow(batch); // takes in what the kernel gave it, whosever it is
            }

            int found = 0;
            for (UdpSocket member : members) {
                for (SocketError error : member.receiveErrors()) {
                    assertThat(senders.get(error.payload().getInt())).isSameAs(member);
                    found++;
                }
            }
            assertThat(found).isEqualTo(datagrams);
        }
    }
}
