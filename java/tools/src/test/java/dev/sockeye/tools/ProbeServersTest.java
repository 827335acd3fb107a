package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Services of well-known ports that answer only what is well-formed, in a lab where the ports are free. */
@ExtendWith(LabExtension.class)
class ProbeServersTest {
    /** Turns a question into its answer, or null when it is none. */
    private interface Service {
        byte[] answer(ByteBuffer question);
    }

    /** RFC 1035 section 4: REFUSED, with the question repeated. */
    private static byte[] dns(ByteBuffer question) {
        boolean good = question.remaining() == 17
                && question.getShort(2) == 0x0100 // a query, recursion desired
                && question.getShort(4) == 1 // one question, nothing else
                && question.getShort(6) == 0
                && question.getInt(8) == 0
                && question.get(12) == 0 // the root
                && question.getShort(13) == 2 // NS
                && question.getShort(15) == 1; // IN
        if (!good) {
            return null;
        }
        question.putShort(2, (short) 0x8105);
        return bytes(question);
    }

    /** RFC 5905 section 7.3. */
    private static byte[] ntp(ByteBuffer question) {
        int leapVersionMode = question.get(0) & 0xff;
        if (question.remaining() != 48 || leapVersionMode != (4 << 3 | 3) || question.getLong(40) == 0) {
            return null;
        }
        return ByteBuffer.allocate(48)
                .put(0, (byte) (4 << 3 | 4))
                .putLong(24, question.getLong(40)) // originate timestamp
                .array();
    }

    /** RFC 8489 section 5, 6.3.1. */
    private static byte[] stun(ByteBuffer question) {
        if (question.remaining() != 20 || question.getInt(0) != 0x00010000 || question.getInt(4) != 0x2112a442) {
            return null;
        }
        question.putShort(0, (short) 0x0101);
        return bytes(question);
    }

    /** RFC 3412 section 6, RFC 3414 section 4: a report, with other lengths than the question. */
    private static byte[] snmp(ByteBuffer question) {
        ByteBuffer message = value(question, 0x30);
        ByteBuffer version = value(message, 0x02);
        ByteBuffer header = value(message, 0x30);
        ByteBuffer security = value(value(message, 0x04), 0x30);
        ByteBuffer scoped = value(message, 0x30);
        ByteBuffer id = value(header, 0x02);
        value(header, 0x02); // the longest message
        ByteBuffer flags = value(header, 0x04);
        boolean good = !question.hasRemaining()
                && !message.hasRemaining()
                && version.get() == 3
                && id.remaining() == 4
                && id.get(id.position()) == 0x40 // positive, and not one byte longer than it must be
                && flags.get() == 4 // reportable, no authentication, no privacy
                && value(header, 0x02).get() == 3 // the user-based security model
                && !header.hasRemaining()
                && !value(security, 0x04).hasRemaining() // the engine is to be discovered
                && !value(scoped, 0x04).hasRemaining()
                && !value(scoped, 0x04).hasRemaining()
                && value(scoped, 0xa0).hasRemaining(); // get
        if (!good) {
            return null;
        }
        return ByteBuffer.allocate(20)
                .put(new byte[] {0x30, (byte) 0x81, 17, 2, 1, 3, 0x30, 12, 2, 4})
                .put(id)
                .put(new byte[] {2, 2, 5, 0, 4, 0})
                .array();
    }

    /** Takes a BER value with a short length off a buffer. */
    private static ByteBuffer value(ByteBuffer from, int tag) {
        assertThat(from.get() & 0xff).isEqualTo(tag);
        int length = from.get();
        ByteBuffer value = from.slice(from.position(), length);
        from.position(from.position() + length);
        return value;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** Answers until its channel is closed. */
    private static DatagramChannel serve(Host host, int port, Service service) throws Exception {
        DatagramChannel channel = host.call(() -> DatagramChannel.open().bind(new InetSocketAddress(port)));
        Thread thread = new Thread(() -> answerAll(channel, service));
        thread.setDaemon(true);
        thread.start();
        return channel;
    }

    private static void answerAll(DatagramChannel channel, Service service) {
        try {
            for (; ; ) {
                ByteBuffer question = ByteBuffer.allocate(2048);
                SocketAddress from = channel.receive(question);
                byte[] answer = service.answer(question.flip().slice());
                if (answer != null) {
                    channel.send(ByteBuffer.wrap(answer), from);
                }
            }
        } catch (ClosedChannelException e) {
            return;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldAskEachServiceInItsProtocol(Lab lab) throws Exception {
        Host host = lab.host("host");
        Map<Integer, String> evidence = Map.of(
                7, "answered with 16 bytes, an echo of ours",
                53, "answered with 17 bytes, DNS answering our question",
                123, "answered with 48 bytes, NTP answering our question",
                161, "answered with 20 bytes, SNMP answering our question",
                3478, "answered with 20 bytes, STUN answering our question",
                7007, "answered with 16 bytes, an echo of ours",
                9000, "answered with 3 bytes, of unknown meaning");
        try (var echo = serve(host, 7, ProbeServersTest::bytes);
                var dns = serve(host, 53, ProbeServersTest::dns);
                var ntp = serve(host, 123, ProbeServersTest::ntp);
                var snmp = serve(host, 161, ProbeServersTest::snmp);
                var stun = serve(host, 3478, ProbeServersTest::stun);
                var other = serve(host, 7007, ProbeServersTest::bytes);
                var odd = serve(host, 9000, question -> new byte[3])) {
            for (String address : new String[] {"127.0.0.1", "::1"}) {
                if (address.equals("::1") && !host.hasIpv6()) {
                    continue;
                }
                Cli cli = host.call(
                        () -> Cli.run("probe", address, "7,53,123,161,3478,7007,9000", "--json", "--timeout=1s"));

                assertThat(cli.exitCode()).as(cli.toString()).isZero();
                cli.events().stream()
                        .filter(event -> event.get("event").equals("verdict"))
                        .forEach(verdict -> assertThat(verdict)
                                .containsEntry("verdict", "open")
                                .containsEntry("evidence", evidence.get(((Long) verdict.get("port")).intValue())));
            }
        }
    }
}
