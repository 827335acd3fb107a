package dev.sockeye.lab;

import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import jnr.constants.platform.Errno;
import jnr.constants.platform.OpenFlags;
import jnr.ffi.Pointer;

/**
 * Sends made-up ICMP or ICMPv6 errors from a host of a lab: those of a broken router, or of an attacker. They carry the
 * address of the host it was opened on.
 *
 * <pre>{@code
 * try (IcmpForger forger = IcmpForger.open(hosts.r1(), StandardProtocolFamily.INET)) {
 *     QuotedDatagram quoted = QuotedDatagram.of(victimSocket, peer, payload);
 *     forger.send(victim, IcmpError.portUnreachable(quoted));
 * }
 * }</pre>
 *
 * <p>A forger belongs to its host like any socket. All methods may be called from any thread; one waits for the other.
 */
public final class IcmpForger implements AutoCloseable {

    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final int SOL_RAW = 255;
    private static final int ICMP_FILTER = 1;
    private static final int ICMPV6_FILTER = 1;
    private static final int MSG_DONTWAIT = 0x40;

    /** How often, and how long each time, a message waits for room: a second in all, then it is given up. */
    private static final int MOST_REFUSALS = 5_000;

    private static final long PAUSE_NANOS = 200_000;

    private final Host host;
    private final boolean ipv6;
    private int descriptor;

    private IcmpForger(Host host, boolean ipv6, int descriptor) {
        this.host = host;
        this.ipv6 = ipv6;
        this.descriptor = descriptor;
    }

    /**
     * Opens one on a host.
     *
     * @param host who sends
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the forger
     * @throws LabException when the kernel refuses, for example without IPv6
     * @throws IllegalArgumentException when the family is another one
     */
    public static IcmpForger open(Host host, ProtocolFamily family) {
        if (family != StandardProtocolFamily.INET && family != StandardProtocolFamily.INET6) {
            throw new IllegalArgumentException("the family must be INET or INET6, not " + family);
        }
        boolean ipv6 = family == StandardProtocolFamily.INET6;
        return host.attempt(
                "forge ICMP", () -> new IcmpForger(host, ipv6, host.call(() -> ipv6 ? openIpv6() : openIpv4())));
    }

    private static int openIpv4() {
        return openRaw(SocketAddresses.AF_INET, IPPROTO_ICMP, SOL_RAW, ICMP_FILTER, 4);
    }

    private static int openIpv6() {
        return openRaw(SocketAddresses.AF_INET6, IPPROTO_ICMPV6, IPPROTO_ICMPV6, ICMPV6_FILTER, 32);
    }

    /** Filters out every type, since nobody reads here and the kernel would hand over a copy of all that comes in. */
    private static int openRaw(int family, int protocol, int filterLevel, int filterOption, int filterLength) {
        int type = SOCK_RAW | OpenFlags.O_CLOEXEC.intValue();
        int socket = Syscalls.check(Syscalls.LIBC.socket(family, type, protocol), "socket(SOCK_RAW)");
        byte[] everyType = new byte[filterLength];
        Arrays.fill(everyType, (byte) 0xff);
        Pointer value = Syscalls.copy(everyType);
        try {
            Syscalls.check(
                    Syscalls.LIBC.setsockopt(socket, filterLevel, filterOption, value.address(), filterLength),
                    "setsockopt(ICMP_FILTER)");
            return socket;
        } catch (LabException e) {
            Syscalls.LIBC.close(socket);
            throw e;
        } finally {
            Reference.reachabilityFence(value);
        }
    }

    /**
     * Sends a message.
     *
     * @param victim who gets it
     * @param error the message
     * @throws LabException when the kernel refuses, or has no room for a second
     * @throws IllegalArgumentException when the victim, the message and this forger are not all of one family
     */
    public void send(InetAddress victim, IcmpError error) {
        if (send(victim, error, 1) == 0) {
            throw new LabException("host " + host + ": " + error + " to " + victim + ": no room to send");
        }
    }

    /**
     * Sends the same message many times, as fast as one thread can. The kernel may still drop some on the way without
     * telling.
     *
     * @param victim who gets it
     * @param error the message
     * @param count how often
     * @return how often it was sent: fewer only when the kernel had no room for a whole second
     * @throws LabException when the kernel refuses for another reason
     * @throws IllegalArgumentException when the victim, the message and this forger are not all of one family, or the
     *     count is negative
     */
    public synchronized int send(InetAddress victim, IcmpError error, int count) {
        check(victim, error);
        Bounds.between("count", count, 0, Integer.MAX_VALUE);
        if (descriptor < 0) {
            throw new IllegalStateException("the forger is closed");
        }
        Pointer message = MessageHeader.of(SocketAddresses.of(victim), error.bytes());
        try {
            return send(message.address(), count);
        } catch (LabException e) {
            throw new LabException("host " + host + ": " + error + " to " + victim + ": " + e.getMessage(), e);
        } finally {
            Reference.reachabilityFence(message);
        }
    }

    /** Addresses and numbers only: nothing is allocated for each message. */
    private int send(long message, int count) {
        int sent = 0;
        int refusals = 0;
        while (sent < count) {
            if (Syscalls.LIBC.sendmsg(descriptor, message, MSG_DONTWAIT) >= 0) {
                sent++;
                refusals = 0;
                continue;
            }
            int errno = Syscalls.lastError();
            if (errno != Errno.ENOBUFS.intValue() && errno != Errno.EAGAIN.intValue()) {
                throw new LabException("sendmsg: " + Syscalls.describe(errno) + " after " + sent + " of " + count);
            }
            if (++refusals == MOST_REFUSALS) {
                break;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return sent;
    }

    private void check(InetAddress victim, IcmpError error) {
        Objects.requireNonNull(victim, "victim");
        Objects.requireNonNull(error, "error");
        if (QuotedDatagram.isIpv6(victim) != ipv6) {
            throw new IllegalArgumentException("the victim " + victim + " is not of this forger's family, " + family());
        }
        if (error.isIpv6() != ipv6) {
            throw new IllegalArgumentException(
                    "the message (" + error + ") is not of this forger's family, " + family());
        }
        if (victim.isAnyLocalAddress() || victim.isMulticastAddress()) {
            throw new IllegalArgumentException("the victim must be the address of one host, not " + victim);
        }
    }

    private String family() {
        return ipv6 ? "IPv6" : "IPv4";
    }

    /** Closes the socket. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (descriptor >= 0) {
            Syscalls.LIBC.close(descriptor);
            descriptor = -1;
        }
    }
}
