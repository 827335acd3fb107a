package dev.sockeye;

import java.net.SocketException;

/**
 * A system call's failure for which Java has no exception of its own.
 *
 * <p>The message names the call, its arguments and the errno, for example {@code setsockopt(UDP fd 7, SO_MARK, 1):
 * EPERM (Operation not permitted)}. Failures that Java does have a type for are thrown as that: BindException,
 * ConnectException, PortUnreachableException, NoRouteToHostException, ClosedChannelException.
 */
public final class NativeIOException extends SocketException {
    private static final long serialVersionUID = 1L;

    /** The kernel's number. */
    private final int errno;

    NativeIOException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    /** {@return the kernel's error number, such as 1 for EPERM} */
    public int errno() {
        return errno;
    }

    /** {@return the name of the error number, such as {@code EPERM}} */
    public String errnoName() {
        return Errors.name(errno);
    }
}
