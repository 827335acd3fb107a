package dev.sockeye.lab;

import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;

/** Addresses of the ready-made topologies. */
final class Literal {

    private Literal() {}

    /** The one of the family that is asked for. */
    static InetAddress of(ProtocolFamily family, String ipv4, String ipv6) {
        String address = family == StandardProtocolFamily.INET6 ? ipv6 : ipv4;
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new AssertionError(address, e);
        }
    }
}
