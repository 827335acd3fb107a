package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.constants.Constant;
import jnr.constants.platform.AddressFamily;
import jnr.constants.platform.IPProto;
import jnr.constants.platform.Sock;
import jnr.constants.platform.SocketOption;

/** Sockets that were opened elsewhere: what they are, and objects for them. */
final class InheritedSockets {
    /** The first one that systemd passes. */
    private static final int FIRST = 3;

    private static final int MOST = 1024;
    private static final int AF_UNIX = AddressFamily.AF_UNIX.intValue();
    private static final AtomicBoolean TAKEN = new AtomicBoolean();

    private enum Kind {
        UDP,
        TCP_LISTENER
    }

    private InheritedSockets() {}

    static List<NetworkChannel> take() throws IOException {
        int count = count(System.getenv(), ProcessHandle.current().pid());
        if (count > 0 && !TAKEN.compareAndSet(false, true)) {
            throw new IllegalStateException("the inherited sockets were asked for before");
        }
        try {
            for (int fd = FIRST; fd < FIRST + count; fd++) {
                kindOf(fd);
            }
        } catch (IOException e) {
            TAKEN.set(false); // nothing was taken
            throw e;
        }
        List<NetworkChannel> sockets = new ArrayList<>();
        for (int fd = FIRST; fd < FIRST + count; fd++) {
            sockets.add(adopt(fd));
        }
        return List.copyOf(sockets);
    }

    /** How many descriptors the environment says there are for a process. */
    static int count(Map<String, String> environment, long pid) throws IOException {
        String number = environment.get("LISTEN_FDS");
        String owner = environment.get("LISTEN_PID");
        if (number == null || owner == null || !owner.equals(Long.toString(pid))) {
            return 0;
        }
        if (!number.matches("[0-9]{1,4}") || Integer.parseInt(number) > MOST) {
            throw new IOException("LISTEN_FDS=" + number + " is no number from 0 to " + MOST);
        }
        return Integer.parseInt(number);
    }

    /** Takes the descriptor, or throws and leaves it. */
    static NetworkChannel adopt(int fd) throws IOException {
        Kind kind = kindOf(fd);
        boolean ipv6 = option(fd, SocketOption.SO_DOMAIN) == LinuxSocket.AF_INET6;
        int result = Native.CALLS.sockeye_close_on_exec(fd);
        if (result < 0) {
            throw Errors.of(result, "fcntl(fd " + fd + ", F_SETFD)");
        }
        Descriptor descriptor = Descriptor.shared(fd);
        LinuxSocket<?> socket = kind == Kind.UDP ? UdpSocket.of(ipv6, descriptor) : TcpListener.of(ipv6, descriptor);
        socket.lend(); // who gave it may have it still
        return socket;
    }

    private static Kind kindOf(int fd) throws IOException {
        int domain = option(fd, SocketOption.SO_DOMAIN);
        int type = option(fd, SocketOption.SO_TYPE);
        int protocol = option(fd, SocketOption.SO_PROTOCOL);
        boolean internet = domain == LinuxSocket.AF_INET || domain == LinuxSocket.AF_INET6;
        boolean stream = type == Sock.SOCK_STREAM.intValue() && protocol == IPProto.IPPROTO_TCP.intValue();
        if (internet && type == Sock.SOCK_DGRAM.intValue() && protocol == IPProto.IPPROTO_UDP.intValue()) {
            return Kind.UDP;
        }
        if (internet && stream && option(fd, SocketOption.SO_ACCEPTCONN) > 0) {
            return Kind.TCP_LISTENER;
        }
        String what = internet && stream ? "a TCP socket that does not listen" : what(fd, domain, type, protocol);
        throw new SocketException(
                "descriptor " + fd + " is " + what + ": it must be a UDP socket, or a TCP socket that listens");
    }

    private static String what(int fd, int domain, int type, int protocol) throws IOException {
        if (domain == -Errors.EBADF) {
            return "not open";
        }
        if (domain == -Errors.ENOTSOCK) {
            String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return link.startsWith("/") ? "the file " + link : link.startsWith("pipe:") ? "a pipe" : link;
        }
        if (domain < 0) {
            throw Errors.of(domain, "getsockopt(fd " + fd + ", SO_DOMAIN)");
        }
        if (domain == AF_UNIX) {
            return "a Unix socket";
        }
        return "a socket of family " + AddressFamily.valueOf(domain) + ", type " + Sock.valueOf(type) + " and protocol "
                + protocol;
    }

    /** The value, or -errno. */
    private static int option(int fd, Constant name) {
        ByteBuffer value = Native.allocate(Integer.BYTES);
        int result = Native.CALLS.sockeye_get_option(
                fd, OptionTable.SOL_SOCKET, name.intValue(), Native.address(value), Integer.BYTES);
        Reference.reachabilityFence(value);
        return result < 0 ? result : value.getInt(0);
    }
}
