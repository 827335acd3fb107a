package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ForgottenSocketTest {
    @Test
    void shouldBeClosedOnceItIsUnreachable() throws Exception {
        InetSocketAddress address = forgetASocket();
        for (int attempt = 0; attempt < 200; attempt++) {
            System.gc();
            try {
                UdpSocket.open(Loopback.INET).bind(address).close();
                return;
            } catch (BindException stillThere) {
                Thread.sleep(20);
            }
        }
        assertThat(address).as("the address of a forgotten socket").isNull();
    }

    @SuppressWarnings("resource")
    private static InetSocketAddress forgetASocket() throws IOException {
        return Loopback.at(Loopback.bound("127.0.0.11")); // no other test binds here
    }
}
