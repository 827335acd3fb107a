package dev.sockeye.tools;

import dev.sockeye.TcpSocket;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
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
        description = {
            "Ask a UDP echo server, and see whether the answer comes from the address that was asked.",
            "Tells at once when the network says that the server is not there, goes on, and tells when it is back.",
            "With --tcp, over one TCP connection, and a new one when the server has ended it."
        },
        footer = {"", "Exit code 1 when nothing came back or an answer came from a wrong address."})
final class PingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private HopTarget target;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PORT",
            defaultValue = "7007",
            converter = Converters.RemotePort.class,
            description = "1 to 65535. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--tcp", description = "Ask over a TCP connection.")
    private boolean tcp;

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
            description = "How long to wait for each answer. Default: ${DEFAULT-VALUE}.")
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
    public Integer call() throws Exception {
        InetSocketAddress remote = target.at(port, common.family());
        StandardProtocolFamily family = Host.familyOf(remote.getAddress());
        InetAddress source = from == null ? null : source(family);
        if (tcp) {
            return overTcp(remote, source);
        }
        PingReport report = new PingReport(spec.commandLine().getOut(), common.json, remote, count, timeout.toNanos());
        ProbePayload payload = new ProbePayload(new SecureRandom().nextLong(), size);
        try (UdpSocket socket = UdpSocket.open(family)) {
            EchoServer.growBuffer(socket); // or ping itself would lose answers that come in bursts
            bind(socket, source);
            Pinger pinger = new Pinger(socket, remote, payload, size, report);
            report.start(size);
            ArrivalClock.warmUp(family);
            return SignalEnd.around(spec.commandLine(), () -> pinger.run(count, interval), () -> {
                socket.close();
                return report.finish();
            });
        }
    }

    private int overTcp(InetSocketAddress remote, InetAddress source) throws Exception {
        try (TcpSocket socket = TcpSocket.open(Host.familyOf(remote.getAddress()))) {
            bind(socket, source); // so that a wrong --from is told before anything else
        }
        PingTcpReport report = new PingTcpReport(spec.commandLine().getOut(), common.json, remote, count);
        PingTcp pinger = new PingTcp(remote, source, size, timeout, report);
        report.start(size);
        PingTcpConnection.warmUp();
        return SignalEnd.after(spec.commandLine(), () -> pinger.run(count, interval), pinger::stop, report::finish);
    }

    private InetAddress source(StandardProtocolFamily family) {
        try {
            return from.address(family, "option '--from'");
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private void bind(NetworkChannel socket, InetAddress source) throws IOException {
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
}
