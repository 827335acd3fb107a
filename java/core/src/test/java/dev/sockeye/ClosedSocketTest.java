package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClosedSocketTest {
    static Stream<Arguments> methods() {
        return Stream.of(UdpSocket.class, TcpListener.class, TcpSocket.class)
                .flatMap(type -> methods(type).map(method -> Arguments.of(type, method)));
    }

    private static Stream<Method> methods(Class<?> type) {
        return PublicMethods.of(type).stream()
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> Arrays.asList(method.getExceptionTypes()).contains(IOException.class));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void shouldSayThatItIsClosed(Class<?> type, Method method) throws Exception {
        LinuxSocket<?> socket;
        try (TcpPair pair = TcpPair.open();
                UdpSocket udp = Loopback.bound("127.0.0.1")) {
            socket = type == UdpSocket.class ? udp : type == TcpSocket.class ? pair.client : pair.listener;
        }
        assertThatThrownBy(() -> method.invoke(socket, PublicMethods.arguments(method)))
                .isInstanceOf(InvocationTargetException.class)
                .satisfies(e -> assertThat(e.getCause()).isExactlyInstanceOf(ClosedChannelException.class));
    }

    @Test
    void shouldSayThatItIsClosedToATimedReceive() throws IOException {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        socket.close();
        PacketBatch batch = PacketBatch.allocate(1, 10);
        assertThatThrownBy(() -> socket.receive(batch, Duration.ofSeconds(5)))
                .isExactlyInstanceOf(ClosedChannelException.class);
    }

    @Test
    void shouldKeepWhatWasNotSent() throws IOException {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        PacketBatch batch = PacketBatch.allocate(1, 10);
        batch.add().remote(Loopback.at(socket));
        socket.close();
        assertThatThrownBy(() -> socket.send(batch)).isInstanceOf(ClosedChannelException.class);
        assertThat(batch.outgoing()).isEqualTo(1);
        assertThat(batch.refused()).isZero();
    }

    @Test
    void shouldCloseTwiceAndStillDescribeItself() throws IOException {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        socket.close();
        assertThatCode(socket::close).doesNotThrowAnyException();
        assertThat(socket.isOpen()).isFalse();
        assertThat(socket.toString()).startsWith("UDP fd ").endsWith("closed");
        assertThat(socket.supportedOptions()).contains(LinuxSocketOptions.IP_PKTINFO);
    }
}
