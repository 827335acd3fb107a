package dev.sockeye.tools;

import dev.sockeye.NativeIOException;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;

/** This host itself does not let a datagram out; the message says why in words. */
final class HopRefusal extends IOException {
    private static final long serialVersionUID = 1;

    private HopRefusal(String words, IOException cause) {
        super(words + " [" + Host.withoutSlashes(cause.getMessage()) + "]", cause);
    }

    /** {@return a refusal in words, or the exception itself when it is about something else} */
    static IOException of(IOException cause) {
        switch (errnoName(cause)) {
            case "EPERM":
                return new HopRefusal("a firewall of this host does not let it out", cause);
            case "EACCES":
                return new HopRefusal("a route of this host prohibits it, or it is a broadcast address", cause);
            case "EINVAL":
                return new HopRefusal("a route of this host drops it, or it is no address to send to", cause);
            case "ENETUNREACH":
                return new HopRefusal("this host has no route there", cause);
            case "EHOSTUNREACH":
                return new HopRefusal("a route of this host says that it is unreachable", cause);
            case "EADDRNOTAVAIL":
                return new HopRefusal("this host has no address to send from", cause);
            default:
                return cause;
        }
    }

    static boolean isTooLong(IOException cause) {
        return errnoName(cause).equals("EMSGSIZE");
    }

    /** Whether the next one may get out: a queue of this host was full. */
    static boolean isPassing(IOException cause) {
        return errnoName(cause).equals("ENOBUFS");
    }

    /** {@return the name of the error number of a send or connect that failed, or "" when it is about something else} */
    static String errnoName(IOException cause) {
        if (cause instanceof NativeIOException refused) {
            return refused.errnoName();
        }
        if (cause instanceof NoRouteToHostException) {
            return "EHOSTUNREACH";
        }
        return cause instanceof BindException ? "EADDRNOTAVAIL" : "";
    }
}
