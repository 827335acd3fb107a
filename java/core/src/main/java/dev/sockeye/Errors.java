package dev.sockeye;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jnr.constants.platform.Errno;

/** The one place where the kernel's error numbers become Java's exceptions. */
final class Errors {
    static final int EAFNOSUPPORT = Errno.EAFNOSUPPORT.intValue();
    static final int EINVAL = Errno.EINVAL.intValue();
    static final int ENODEV = Errno.ENODEV.intValue();
    static final int EADDRNOTAVAIL = Errno.EADDRNOTAVAIL.intValue();
    static final int ENOPROTOOPT = Errno.ENOPROTOOPT.intValue();
    static final int EMSGSIZE = Errno.EMSGSIZE.intValue();
    static final int ENOENT = Errno.ENOENT.intValue();
    static final int ENOTCONN = Errno.ENOTCONN.intValue();

    static final int EAGAIN = Errno.EAGAIN.intValue();
    static final int EALREADY = Errno.EALREADY.intValue();
    static final int EISCONN = Errno.EISCONN.intValue();
    static final int ETIMEDOUT = Errno.ETIMEDOUT.intValue();

    static final int EACCES = Errno.EACCES.intValue();
    static final int EADDRINUSE = Errno.EADDRINUSE.intValue();
    static final int EBADF = Errno.EBADF.intValue();
    static final int ECONNREFUSED = Errno.ECONNREFUSED.intValue();
    static final int EEXIST = Errno.EEXIST.intValue();
    static final int ENAMETOOLONG = Errno.ENAMETOOLONG.intValue();
    static final int ENOTSOCK = Errno.ENOTSOCK.intValue();
    static final int EPERM = Errno.EPERM.intValue();
    static final int EPIPE = Errno.EPIPE.intValue();
    static final int EPROTO = Errno.EPROTO.intValue();
    static final int ESHUTDOWN = Errno.ESHUTDOWN.intValue();

    private static final int EHOSTUNREACH = Errno.EHOSTUNREACH.intValue();
    private static final int EOPNOTSUPP = Errno.EOPNOTSUPP.intValue();

    /** What ICMP messages become (the kernel's icmp_err_convert and icmpv6_err_convert). */
    private static final Set<Integer> OF_ICMP = Stream.of(
                    Errno.ECONNREFUSED,
                    Errno.EHOSTUNREACH,
                    Errno.ENETUNREACH,
                    Errno.EHOSTDOWN,
                    Errno.ENONET,
                    Errno.ENOPROTOOPT,
                    Errno.EOPNOTSUPP,
                    Errno.EPROTO,
                    Errno.EACCES,
                    Errno.EMSGSIZE)
            .map(Errno::intValue)
            .collect(Collectors.toUnmodifiableSet());

    private Errors() {}

    /** Whether an ICMP message about an earlier datagram can be the cause. */
    static boolean mayBeIcmp(int errno) {
        return OF_ICMP.contains(errno);
    }

    static String name(int errno) {
        if (errno == EOPNOTSUPP) { // jnr-constants calls it by its other name, ENOTSUP
            return "EOPNOTSUPP";
        }
        Errno known = Errno.valueOf(errno);
        return known == Errno.__UNKNOWN_CONSTANT__ ? "errno " + errno : known.name();
    }

    private static String describe(int errno) {
        Errno known = Errno.valueOf(errno);
        return known == Errno.__UNKNOWN_CONSTANT__ ? name(errno) : name(errno) + " (" + known.description() + ")";
    }

    /**
     * The exception for a failed call.
     *
     * @param result what the call returned: -errno
     * @param call the call with its arguments
     */
    static IOException of(int result, String call) {
        int errno = -result;
        String message = call + ": " + describe(errno);
        // No switch: its class is loaded with the first error, which may be that there are no descriptors to load it
        // by.
        if (errno == EADDRINUSE || errno == EADDRNOTAVAIL) {
            return new BindException(message);
        }
        if (errno == ECONNREFUSED) {
            return new PortUnreachableException(message);
        }
        return errno == EHOSTUNREACH ? new NoRouteToHostException(message) : new NativeIOException(errno, message);
    }

    /** The exception for a failed connect of a TCP socket; parameters as of {@link #of}. */
    static IOException ofConnect(int result, String call) {
        int errno = -result;
        return errno == ECONNREFUSED || errno == ETIMEDOUT
                ? new ConnectException(call + ": " + describe(errno))
                : of(result, call);
    }
}
