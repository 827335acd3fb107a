package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Alone in its JVM, since it counts the descriptors of the whole process. */
@Isolated
class DescriptorLeakTest {
    @Test
    void shouldLeaveNoDescriptorBehindWhateverFails() throws Exception {
        misuse();
        int before = descriptors();
        for (int i = 0; i < 50; i++) {
            misuse();
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    private static void misuse() throws Exception {
        for (ProtocolFamily family : List.of(Loopback.INET, Loopback.INET6)) {
            UdpSocket socket = UdpSocket.open(family);
            expectFailure(() -> socket.bind(new InetSocketAddress("203.0.113.9", 9)));
            expectFailure(() -> socket.connect(new InetSocketAddress("127.0.0.1", 0)));
            expectFailure(() -> socket.setRawOption(1, 9999, 1));
            expectFailure(() -> socket.join(InetAddress.getByName("127.0.0.1"), Loopback.networkInterface()));
            socket.join(
                            InetAddress.getByName("239.192.77.5"),
                            Loopback.networkInterface(),
                            InetAddress.getByName("127.0.0.1"))
                    .drop();
            socket.close();
            for (Method method : PublicMethods.of(UdpSocket.class)) {
                if (!method.getName().startsWith("open")) {
                    try {
                        method.invoke(socket, PublicMethods.arguments(method));
                    } catch (InvocationTargetException expected) {
                        assertThat(expected.getCause()).isInstanceOf(IOException.class);
                    }
                }
            }
        }
        expectFailure(() -> UdpSocket.open(java.net.StandardProtocolFamily.UNIX));
        misuseTcp();
    }

    private static void misuseTcp() throws Exception {
        try (TcpPair pair = TcpPair.open();
                TcpSocket socket = TcpPair.holder("127.0.0.1");
                TcpListener listener = TcpListener.open(Loopback.INET)) {
            InetSocketAddress closed = socket.getLocalAddress();
            try (TcpSocket refused = TcpSocket.open(Loopback.INET)) {
                expectFailure(() -> refused.connect(closed));
            }
            expectFailure(listener::accept);
            expectFailure(() -> socket.read(ByteBuffer.allocate(1)));
            pair.listener.acceptNow();
            Thread.currentThread().interrupt();
            try (TcpSocket second = TcpSocket.open(Loopback.INET)) {
                expectFailure(() -> second.connect(pair.listener.getLocalAddress()));
            }
            expectFailure(pair.listener::accept);
            assertThat(Thread.interrupted()).isTrue();
        }
        expectFailure(() -> TcpSocket.open(java.net.StandardProtocolFamily.UNIX));
        expectFailure(() -> TcpListener.open(java.net.StandardProtocolFamily.UNIX));
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void expectFailure(Action action) {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(action::run)).isNotNull();
    }
}
