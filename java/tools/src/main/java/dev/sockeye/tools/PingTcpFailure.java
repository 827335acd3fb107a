package dev.sockeye.tools;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;

/**
 * Why a ping over TCP failed, or a connection ended.
 *
 * @param description in words
 * @param errno the name of the error number; null when it is none
 */
record PingTcpFailure(String description, String errno) {
    static final PingTcpFailure CLOSED = new PingTcpFailure("the peer closed the connection", null);
    static final PingTcpFailure WRONG = new PingTcpFailure("the answer is not what was sent", null);
    static final PingTcpFailure UNASKED = new PingTcpFailure("the peer sent what it was not asked for", null);
    static final PingTcpFailure REFUSED = new PingTcpFailure("connection refused", "ECONNREFUSED");

    static PingTcpFailure of(IOException failure) {
        String errno = errno(failure);
        switch (errno) {
            case "ECONNREFUSED":
                return REFUSED;
            case "ETIMEDOUT":
                return new PingTcpFailure("connection timed out", errno);
            case "ECONNRESET":
            case "EPIPE":
                return new PingTcpFailure("the peer reset the connection", errno);
            case "EHOSTUNREACH":
                return new PingTcpFailure("host unreachable", errno);
            case "ENETUNREACH":
                return new PingTcpFailure("network unreachable", errno);
            case "EPERM":
                return new PingTcpFailure("a firewall of this host does not let it out", errno);
            case "EACCES":
                return new PingTcpFailure("prohibited by a route or a router", errno);
            case "EADDRNOTAVAIL":
                return new PingTcpFailure("no address or port of this host is left to ask from", errno);
            default:
                return new PingTcpFailure(
                        Host.withoutSlashes(String.valueOf(failure.getMessage())), errno.isEmpty() ? null : errno);
        }
    }

    private static String errno(IOException failure) {
        if (failure instanceof SocketTimeoutException) {
            return "ETIMEDOUT";
        }
        if (failure instanceof ConnectException) { // these two, and it keeps no number
            return failure.getMessage().contains("ETIMEDOUT") ? "ETIMEDOUT" : "ECONNREFUSED";
        }
        return HopRefusal.errnoName(failure);
    }
}
