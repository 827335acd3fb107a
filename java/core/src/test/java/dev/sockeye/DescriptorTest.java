package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import jnr.constants.platform.AddressFamily;
import jnr.constants.platform.Sock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Alone in its JVM, since another test could take a number that was just freed. */
@Isolated
class DescriptorTest {
    private final int fd = Native.CALLS.sockeye_socket(AddressFamily.AF_INET.intValue(), Sock.SOCK_DGRAM.intValue());
    private final Descriptor descriptor = new Descriptor(fd);

    private boolean isOpen() {
        return Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS);
    }

    @Test
    void shouldBeFreedByItsLastUser() throws Exception {
        assertThat(descriptor.acquire()).isEqualTo(fd);
        Thread closer = new Thread(() -> {
            try {
                descriptor.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        closer.start();
        Thread.sleep(30);
        assertThat(isOpen()).isTrue();
        assertThatThrownBy(descriptor::acquire).isInstanceOf(ClosedChannelException.class);
        descriptor.release();
        closer.join();
        assertThat(isOpen()).isFalse();
    }

    @Test
    void shouldBeFreedByTheLastCallOfASocketThatBecomesUnreachable() throws IOException {
        descriptor.acquire();
        descriptor.run(); // the cleaner
        assertThat(isOpen()).isTrue();
        descriptor.release();
        assertThat(isOpen()).isFalse();
    }

    @Test
    void shouldNotWaitForeverForAUserThatDoesNotLeave() throws IOException {
        descriptor.acquire();
        long start = System.nanoTime();
        descriptor.close();
        assertThat(System.nanoTime() - start).isBetween(900_000_000L, 5_000_000_000L);
        assertThat(isOpen()).isTrue();
        descriptor.release();
        assertThat(isOpen()).isFalse();
    }
}
