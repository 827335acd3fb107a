package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private final PacketBatch batch = PacketBatch.allocate(4, 100);

    /** A thread that is in a call by now. */
    private static final class Caller {
        final FutureTask<Integer> result;
        final Thread thread;

        Caller(Callable<Integer> call) throws InterruptedException {
            result = new FutureTask<>(call);
            thread = new Thread(result);
            thread.start();
            Loopback.awaitCall(thread, "sockeye_receive");
            Thread.sleep(5); // and then to block
        }

        Throwable failureWithinASecond() throws Exception {
            try {
                throw new AssertionError("returned " + result.get(1, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                thread.join();
                return e.getCause();
            }
        }
    }

    private Callable<Integer> receiving(UdpSocket socket, boolean timed) {
        return timed ? () -> socket.receive(batch, LONG) : () -> socket.receive(batch);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWakeABlockedReceive(boolean timed) throws Exception {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        Caller caller = new Caller(receiving(socket, timed));
        socket.close();
        assertThat(caller.failureWithinASecond()).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(batch.size()).isZero();
        assertThat(batch.add()).as("the batch can be used again").isNotNull();
    }

    @Test
    void shouldWakeAllBlockedReceivers() throws Exception {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            PacketBatch own = PacketBatch.allocate(1, 10);
            Duration timeout = i % 2 == 0 ? LONG : Duration.ofSeconds(Long.MAX_VALUE);
            callers.add(new Caller(() -> socket.receive(own, timeout)));
        }
        socket.close();
        for (Caller caller : callers) {
            assertThat(caller.failureWithinASecond()).isExactlyInstanceOf(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWakeABlockedReceiveOfAConnectedSocket(boolean timed) throws Exception {
        try (UdpSocket peer = Loopback.bound("127.0.0.1")) {
            UdpSocket socket = Loopback.bound("127.0.0.1").connect(Loopback.at(peer));
            Caller caller = new Caller(receiving(socket, timed));
            socket.close();
            assertThat(caller.failureWithinASecond()).isExactlyInstanceOf(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCloseWhenAReceivingThreadIsInterrupted(boolean timed) throws Exception {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        Caller caller = new Caller(receiving(socket, timed));
        caller.thread.interrupt();
        assertThat(caller.failureWithinASecond()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(socket.isOpen()).isFalse();
    }

    @Test
    void shouldTellTheInterruptedThreadFromTheOthers() throws Exception {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        PacketBatch other = PacketBatch.allocate(1, 10);
        Caller interrupted = new Caller(receiving(socket, false));
        Caller bystander = new Caller(() -> socket.receive(other));
        interrupted.thread.interrupt();
        assertThat(interrupted.failureWithinASecond()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(bystander.failureWithinASecond()).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void shouldCloseWhenAThreadIsInterruptedBeforeItWaits() throws IOException {
        UdpSocket receiver = Loopback.bound("127.0.0.1");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> receiver.receive(batch)).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(receiver.isOpen()).isFalse();
        assertThat(Thread.interrupted()).as("the thread stays interrupted").isTrue();

        UdpSocket sender = Loopback.bound("127.0.0.1");
        batch.add().remote(Loopback.at(sender));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sender.send(batch)).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(batch.outgoing()).isEqualTo(1);
    }

    @Test
    void shouldNotHeedAnInterruptInACallThatDoesNotWait() throws IOException {
        try (UdpSocket socket = Loopback.bound("127.0.0.1")) {
            Thread.currentThread().interrupt();
            try {
                assertThat(socket.receiveNow(batch)).isZero();
                assertThat(socket.sendNow(batch)).isZero();
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(socket.isOpen()).isTrue();
        }
    }

    @Test
    void shouldCloseFromManyThreadsAtOnce() throws Exception {
        for (int i = 0; i < 50; i++) {
            UdpSocket socket = Loopback.bound("127.0.0.1");
            Thread[] closers = new Thread[4];
            FutureTask<Integer> receiving = new FutureTask<>(receiving(socket, false));
            Thread receiver = new Thread(receiving);
            receiver.start();
            for (int c = 0; c < closers.length; c++) {
                closers[c] = new Thread(c == 0 ? receiver::interrupt : () -> closeQuietly(socket));
                closers[c].start();
            }
            for (Thread closer : closers) {
                closer.join(1000);
                assertThat(closer.isAlive()).isFalse();
            }
            assertThat(socket.isOpen()).isFalse();
            receiver.join();
        }
    }

    private static void closeQuietly(UdpSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
