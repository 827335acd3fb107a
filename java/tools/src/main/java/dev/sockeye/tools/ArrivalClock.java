package dev.sockeye.tools;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.time.Instant;

/**
 * When something came, by System.nanoTime(): not when this thread got its turn, but when the kernel took it. The sockets
 * have SO_TIMESTAMPNS set.
 */
final class ArrivalClock {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long LONGEST_AGE_NANOS = 60 * SECOND_NANOS;
    private static final long SIMULTANEOUS_NANOS = 5_000;
    private static final int CLOCK_READINGS = 4;

    private static final int WARM_UPS = 3;
    private static final int WARM_UP_BYTES = 64;
    private static final Duration LONGEST_WARM_UP = Duration.ofMillis(50);

    private ArrivalClock() {}

    static long nanos(Packet packet) {
        return nanos(packet.timestampNanos());
    }

    static long nanos(SocketError error) {
        return nanos(error.timestampNanos());
    }

    /** Now, when there is no timestamp or somebody has set the clock since. */
    private static long nanos(long timestampNanos) {
        long now = System.nanoTime();
        for (int i = 0; i < CLOCK_READINGS && timestampNanos >= 0; i++) {
            Instant clock = Instant.now();
            long after = System.nanoTime();
            if (after - now < SIMULTANEOUS_NANOS) { // else this thread was interrupted between the two clocks
                long age = clock.getEpochSecond() * SECOND_NANOS + clock.getNano() - timestampNanos;
                return age >= 0 && age < LONGEST_AGE_NANOS ? after - age : after;
            }
            now = after;
        }
        return now;
    }

    /**
     * Does once what each measurement does, with a socket of loopback that only talks to itself: the first time the JVM
     * loads and links what that takes, which would else be part of the first RTT.
     */
    static void warmUp(StandardProtocolFamily family) {
        String loopback = family == StandardProtocolFamily.INET ? "127.0.0.1" : "::1";
        try (UdpSocket socket = UdpSocket.open(family)) {
            socket.setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true)
                    .bind(new InetSocketAddress(InetAddress.getByName(loopback), 0));
            InetSocketAddress itself = socket.getLocalAddress();
            socket.connect(itself);
            PacketBatch batch = PacketBatch.allocate(1, WARM_UP_BYTES);
            ProbePayload payload = new ProbePayload(0, WARM_UP_BYTES);
            for (int i = 0; i < WARM_UPS; i++) {
                batch.clear();
                payload.write(i, batch.add().remote(itself));
                socket.send(batch);
                if (socket.receive(batch, LONGEST_WARM_UP) > 0) {
                    payload.read(batch.get(0));
                    nanos(batch.get(0));
                }
            }
        } catch (IOException | UnsupportedOperationException e) {
            return; // no loopback: then the first RTT is what it is
        }
    }
}
