package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RawOptionTest {
    private static final int SOL_SOCKET = 1;
    private static final int SO_BROADCAST = 6;
    private static final int SO_BINDTODEVICE = 25;

    private UdpSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = UdpSocket.open(INET);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    @Test
    void shouldGiveBackAnInt() throws IOException {
        assertThat(socket.getRawOption(SOL_SOCKET, SO_BROADCAST)).isZero();
        assertThat(socket.setRawOption(SOL_SOCKET, SO_BROADCAST, 1).getRawOption(SOL_SOCKET, SO_BROADCAST))
                .isEqualTo(1);
    }

    @Test
    void shouldGiveBackBytes() throws IOException {
        byte[] one =
                ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(1).array();
        assertThat(socket.setRawOption(SOL_SOCKET, SO_BROADCAST, one).getRawOption(SOL_SOCKET, SO_BROADCAST, 65536))
                .isEqualTo(one);
        assertThat(socket.setRawOption(SOL_SOCKET, SO_BINDTODEVICE, new byte[0])
                        .getRawOption(SOL_SOCKET, SO_BINDTODEVICE, 16))
                .isEmpty();
    }

    @Test
    void shouldNotTakeAShorterValueForAnInt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> socket.getRawOption(SOL_SOCKET, SO_BINDTODEVICE))
                .withMessageContaining("option 1, 25")
                .withMessageContaining("0 bytes");
    }

    @Test
    void shouldSayThatTheKernelDoesNotHaveAnOption() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> socket.setRawOption(SOL_SOCKET, 9999, 1))
                .withMessageContaining("1, 9999");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> socket.getRawOption(SOL_SOCKET, 9999));
    }

    @Test
    void shouldNameTheCallThatTheKernelRefused() {
        assertThatExceptionOfType(NativeIOException.class)
                .isThrownBy(() -> socket.setRawOption(SOL_SOCKET, SO_BROADCAST, new byte[1]))
                .withMessageContaining("setsockopt(UDP fd ")
                .withMessageContaining("1, 6, 1 bytes")
                .withMessageContaining("EINVAL")
                .satisfies(e -> assertThat(e.errno()).isEqualTo(22));
    }

    @Test
    void shouldCheckHowMuchIsToBeRead() {
        for (int bytes : new int[] {Integer.MIN_VALUE, -1, 0, 65537}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> socket.getRawOption(SOL_SOCKET, SO_BROADCAST, bytes))
                    .withMessageContaining(Integer.toString(bytes));
        }
    }
}
