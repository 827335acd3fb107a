package dev.sockeye.benchmarks;

import dev.sockeye.Steering;
import java.io.IOException;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The echo servers in Java by their names, and a process that runs one of them: it prints {@code ready PORT PID} and now
 * and then {@code allocated BYTES}, for each packet, and ends with its standard input. When this machine cannot run the
 * server it prints {@code unavailable REASON}.
 */
public final class EchoServers {
    private static final Pattern SOCKEYE = Pattern.compile("sockeye-([0-9]+)(?:x([0-9]+))?");

    private EchoServers() {}

    /**
     * Opens a server.
     *
     * @param name sockeye-SLOTS, sockeye-SLOTSxSOCKETS, jdk-channel, jdk-socket, netty-epoll, netty-recvmmsg or
     *     netty-io_uring
     * @param allocated is told the bytes for each packet, now and then
     * @throws UnsatisfiedLinkError when Netty cannot work here that way
     */
    static EchoServer open(String name, DoubleConsumer allocated) throws IOException {
        Matcher sockeye = SOCKEYE.matcher(name);
        if (sockeye.matches()) {
            int slots = Integer.parseInt(sockeye.group(1));
            return sockeye.group(2) == null
                    ? SockeyeEcho.open(slots, allocated)
                    : SockeyeEcho.openGroup(Integer.parseInt(sockeye.group(2)), Steering.hash(), slots, allocated);
        }
        return switch (name) {
            case "jdk-channel" -> new JdkChannelEcho(allocated);
            case "jdk-socket" -> new JdkSocketEcho(allocated);
            case "netty-epoll" -> NettyEcho.openEpoll(allocated);
            case "netty-recvmmsg" -> NettyEcho.openRecvmmsg(allocated);
            case "netty-io_uring" -> NettyEcho.openIoUring(allocated);
            default -> throw new IllegalArgumentException("no server is called " + name);
        };
    }

    /**
     * Echoes until standard input ends.
     *
     * @param arguments the server's name
     * @throws Exception when a socket call fails
     */
    public static void main(String[] arguments) throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        try (EchoServer server = open(arguments[0], bytes -> System.out.println("allocated " + bytes))) {
            System.out.println(
                    "ready " + server.port() + " " + ProcessHandle.current().pid());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (UnsatisfiedLinkError e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            System.out.println("unavailable "
                    + String.valueOf(reason.getMessage()).lines().findFirst().orElse(""));
            System.exit(3);
        }
    }
}
