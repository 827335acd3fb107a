package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams and connections that go to the socket of the CPU which takes them in: the kernel's own selftests. */
class CpuSteeringTest {
    private static final int PEERS_ON_EACH_CPU = 32;

    private static ReuseportGroup<? extends LinuxSocket<?>> open(
            boolean tcp, String address, int members, ReuseportGroup.Opener<? extends LinuxSocket<?>> opener)
            throws IOException {
        InetSocketAddress any = new InetSocketAddress(address, 0);
        return tcp
                ? ReuseportGroup.listen(() -> (TcpListener) opener.open(), any, members, 1024)
                : ReuseportGroup.open(() -> (UdpSocket) opener.open(), any, members);
    }

    private static LinuxSocket<?> socket(boolean tcp, String address) throws IOException {
        ProtocolFamily family = TcpPair.family(InetAddress.getByName(address));
        return tcp ? TcpListener.open(family) : UdpSocket.open(family);
    }

    /** On loopback the sender's CPU takes its packets in. Each datagram is another flow. */
    private static void sendFrom(int cpu, ReuseportGroup<?> group, boolean tcp) throws Exception {
        InetSocketAddress to = group.localAddress();
        FutureTask<Void> sending = new FutureTask<>(() -> {
            Cpus.pinThread(cpu);
            for (int i = 0; i < PEERS_ON_EACH_CPU; i++) {
                if (tcp) {
                    TcpSocket.open(TcpPair.family(to.getAddress()))
                            .connect(to, TcpPair.SECONDS)
                            .close();
                } else {
                    try (UdpSocket sender = Loopback.bound(to.getAddress().getHostAddress())) {
                        Loopback.send(sender, to, "x");
                    }
                }
            }
            return null;
        });
        Thread thread = new Thread(sending);
        thread.start();
        thread.join();
        sending.get();
    }

    private static int received(LinuxSocket<?> socket) throws IOException {
        if (socket instanceof UdpSocket udp) {
            return Loopback.receiveAll(udp).size();
        }
        int count = 0;
        for (TcpSocket accepted; (accepted = ((TcpListener) socket).acceptNow()) != null; count++) {
            accepted.close();
        }
        return count;
    }

    private static void check(ReuseportGroup<? extends LinuxSocket<?>> group, int expected, int cpu)
            throws IOException {
        for (int i = 0; i < group.members().size(); i++) {
            assertThat(received(group.members().get(i)))
                    .as("%s: member %d, from CPU %d", group, i, cpu)
                    .isEqualTo(i == expected ? PEERS_ON_EACH_CPU : 0);
        }
    }

    /** reuseport_bpf_cpu.c: to the member of the CPU's number, with CPUs upwards, downwards, the even and the odd ones. */
    @ParameterizedTest(name = "TCP {0}, {1}")
    @CsvSource({"false, 127.0.0.1", "false, ::1", "true, 127.0.0.1", "true, ::1"})
    void shouldSteerByTheCpuThatTakesThePacketIn(boolean tcp, String address) throws Exception {
        Assumptions.assumeTrue(!address.equals("::1") || Loopback.hasIpv6(), "no IPv6 here");
        List<Integer> upwards = Cpus.allowed();
        List<Integer> downwards = new ArrayList<>(upwards);
        Collections.reverse(downwards);
        List<Integer> even = upwards.stream().filter(cpu -> cpu % 2 == 0).toList();
        List<Integer> odd = upwards.stream().filter(cpu -> cpu % 2 == 1).toList();
        int members = Collections.max(upwards) + 1;
        int[] swapped = IntStream.range(0, members).map(i -> members - 1 - i).toArray();
        try (var group = open(tcp, address, members, () -> socket(tcp, address))) {
            group.steer(Steering.byCpu());
            for (List<Integer> cpus : List.of(upwards, downwards, even, odd)) {
                for (int cpu : cpus) {
                    sendFrom(cpu, group, tcp);
                    check(group, cpu, cpu);
                }
            }
            group.steer(Steering.byCpu().over(swapped));
            for (int cpu : upwards) {
                sendFrom(cpu, group, tcp);
                check(group, swapped[cpu], cpu);
            }
        }
    }

    /** so_incoming_cpu.c: without a program a socket's own CPU does the same, set before it listens or after. */
    @ParameterizedTest(name = "TCP {0}, {1}, set before {2}")
    @CsvSource({
        "false, 127.0.0.1, true",
        "false, 127.0.0.1, false",
        "false, ::1,       false",
        "true,  127.0.0.1, true",
        "true,  127.0.0.1, false",
        "true,  ::1,       true",
        "true,  ::1,       false",
    })
    void shouldPreferTheSocketOfTheCpuThatTakesThePacketIn(boolean tcp, String address, boolean before)
            throws Exception {
        Assumptions.assumeTrue(!address.equals("::1") || Loopback.hasIpv6(), "no IPv6 here");
        List<Integer> cpus = Cpus.allowed();
        var next = cpus.iterator();
        try (var group = open(tcp, address, cpus.size(), () -> {
            LinuxSocket<?> socket = socket(tcp, address);
            return before ? socket.setOption(LinuxSocketOptions.SO_INCOMING_CPU, next.next()) : socket;
        })) {
            for (int i = 0; i < cpus.size() && !before; i++) {
                group.members().get(i).setOption(LinuxSocketOptions.SO_INCOMING_CPU, cpus.get(i));
            }
            for (int i = 0; i < cpus.size(); i++) {
                sendFrom(cpus.get(i), group, tcp);
                check(group, i, cpus.get(i));
            }
        }
    }
}
