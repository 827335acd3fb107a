package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Alone in its JVM: a child process that another test starts has all descriptors, too, until its exec closes them. */
@Isolated
class PortReuseTest {
    private final PacketBatch batch = PacketBatch.allocate(4, 100);

    @Test
    void shouldFreeThePortBeforeCloseReturns() throws Exception {
        InetSocketAddress address;
        try (UdpSocket first = Loopback.bound("127.0.0.10")) { // no other test binds here
            address = Loopback.at(first);
        }
        for (int i = 0; i < 50; i++) {
            UdpSocket socket = UdpSocket.open(Loopback.INET).bind(address);
            FutureTask<Integer> receiving = new FutureTask<>(
                    i % 2 == 0 ? () -> socket.receive(batch) : () -> socket.receive(batch, Duration.ofMinutes(10)));
            Thread thread = new Thread(receiving);
            thread.start();
            Thread.sleep(i % 5);
            socket.close();
            UdpSocket.open(Loopback.INET).bind(address).close();
            thread.join();
            assertThatThrownBy(receiving::get).hasCauseInstanceOf(ClosedChannelException.class);
        }
    }
}
