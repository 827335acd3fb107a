package dev.sockeye.tools;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "ping",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Ask a UDP echo server, and see whether the answer comes from the address that was asked.",
        footer = {"", "Exit code 1 when nothing came back or an answer came from a wrong address."})
final class PingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(
            index = "0",
            paramLabel = "HOST",
            converter = Host.Converter.class,
            description = "A name or an address, [v6%%scope] allowed.")
    private Host host;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PORT",
            defaultValue = "7007",
            converter = Converters.RemotePort.class,
            description = "1 to 65535. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "5",
            converter = Converters.PingCount.class,
            description = "How many to send, up to 1000000. Default: ${DEFAULT-VALUE}.")
    private int count;

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = Converters.Time.class,
            description = "Time from one to the next: 10ms, 0.5s, 2 (seconds). Default: ${DEFAULT-VALUE}.")
    private Duration interval;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = Converters.Time.class,
            description = "How long to wait for the last answers. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "64",
            converter = Converters.PingSize.class,
            description = "Payload, 16 to 65507. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--from",
            paramLabel = "ADDR",
            converter = Host.Converter.class,
            description = "The address of this host to ask from. Default: the kernel's choice.")
    private Host from;

    @Override
    public Integer call() throws IOException {
        InetAddress target = address(host, common.family(), "positional parameter 'HOST'");
        if (target.isMulticastAddress() || target.isAnyLocalAddress()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for positional parameter 'HOST': '" + host.text() + "' is not one host's address");
        }
        StandardProtocolFamily family = Host.familyOf(target);
        InetAddress source = from == null ? null : address(from, family, "option '--from'");
        PingPayload payload = new PingPayload(new SecureRandom().nextLong(), size);
        PingReport report = new PingReport(spec.commandLine().getOut(), common.json, target, count);
        // Not connected: a connected socket would not even see an answer from a wrong address.
        try (UdpSocket socket = UdpSocket.open(family)) {
            EchoServer.growBuffer(socket); // or ping itself would lose answers that come in bursts
            bind(socket, source);
            PacketBatch outgoing = PacketBatch.allocate(1, size);
            PacketBatch incoming = PacketBatch.allocate(16, 65535);
            InetSocketAddress remote = new InetSocketAddress(target, port);
            report.start(remote, size);
            long start = System.nanoTime();
            for (int sequence = 0; sequence < count; sequence++) {
                send(socket, outgoing, remote, payload, sequence, report);
                boolean last = sequence == count - 1;
                long deadline =
                        last ? System.nanoTime() + timeout.toNanos() : start + (sequence + 1) * interval.toNanos();
                receiveUntil(deadline, last, socket, incoming, payload, report);
            }
        }
        return report.finish();
    }

    private InetAddress address(Host written, StandardProtocolFamily family, String option) {
        try {
            return written.address(family, option);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private void bind(UdpSocket socket, InetAddress source) throws IOException {
        try {
            socket.bind(source == null ? null : new InetSocketAddress(source, 0));
        } catch (BindException e) {
            throw new IOException(
                    "--from " + from.text() + ": not an address of this host: see 'ip address' [" + e.getMessage()
                            + "]",
                    e);
        } catch (dev.sockeye.NativeIOException e) {
            throw new IOException("--from " + from.text() + ": " + e.getMessage(), e);
        }
    }

    private static void send(
            UdpSocket socket,
            PacketBatch batch,
            InetSocketAddress remote,
            PingPayload payload,
            int sequence,
            PingReport report)
            throws IOException {
        batch.clear();
        Packet packet = batch.add().remote(remote);
        payload.write(sequence, packet);
        report.sending(sequence, System.nanoTime());
        socket.send(batch);
        if (batch.refused() > 0) {
            report.refused(sequence, packet.refusal());
        }
    }

    /** Takes in replies until the time is over; after the last ping until nothing is outstanding. */
    private static void receiveUntil(
            long deadline, boolean last, UdpSocket socket, PacketBatch batch, PingPayload payload, PingReport report)
            throws IOException {
        // At least once, also when the next ping is overdue: nobody else makes room for what comes in.
        for (long left = 1; left > 0 && !(last && report.outstanding() == 0); ) {
            left = deadline - System.nanoTime();
            int received = socket.receive(batch, Duration.ofNanos(Math.max(left, 0)));
            long now = System.nanoTime();
            for (int slot = 0; slot < received; slot++) {
                Packet packet = batch.get(slot);
                report.received(payload.read(packet), packet.remote(), now);
            }
        }
    }
}
