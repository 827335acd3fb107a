package dev.sockeye;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import jnr.constants.platform.Errno;

/** The one place where the kernel's error numbers become Java's exceptions. */
final class Errors {
    static final int EAFNOSUPPORT = Errno.EAFNOSUPPORT.intValue();
    static final int EINVAL = Errno.EINVAL.intValue();
    static final int ENODEV = Errno.ENODEV.intValue();
    static final int EADDRNOTAVAIL = Errno.EADDRNOTAVAIL.intValue();
    static final int ENOPROTOOPT = Errno.ENOPROTOOPT.intValue();
    static final int EMSGSIZE = Errno.EMSGSIZE.intValue();
    static final int ENOTCONN = Errno.ENOTCONN.intValue();

    private Errors() {}

    /** Whether an ICMP message about an earlier datagram can be the cause (the kernel's icmp_err_convert, icmpv6_err_convert). */
    static boolean mayBeIcmp(int errno) {
        switch (Errno.valueOf(errno)) {
            case ECONNREFUSED:
            case EHOSTUNREACH:
            case ENETUNREACH:
            case EHOSTDOWN:
            case ENOPROTOOPT:
            case EOPNOTSUPP:
            case EPROTO:
            case EACCES:
            case EMSGSIZE:
            case ENONET:
                return true;
            default:
                return false;
        }
    }

    static String name(int errno) {
        Errno known = Errno.valueOf(errno);
        return known == Errno.__UNKNOWN_CONSTANT__ ? "errno " + errno : known.name();
    }

    private static String describe(int errno) {
        Errno known = Errno.valueOf(errno);
        return known == Errno.__UNKNOWN_CONSTANT__ ? name(errno) : known.name() + " (" + known.description() + ")";
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
        switch (Errno.valueOf(errno)) {
            case EADDRINUSE:
            case EADDRNOTAVAIL:
                return new BindException(message);
            case ECONNREFUSED:
                return new PortUnreachableException(message);
            case EHOSTUNREACH:
                return new NoRouteToHostException(message);
            default:
                return new NativeIOException(errno, message);
        }
    }
}
