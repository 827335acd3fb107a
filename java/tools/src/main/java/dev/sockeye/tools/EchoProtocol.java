package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.util.List;

/** What echo does over one protocol, with the options that were given. */
interface EchoProtocol {
    /** {@return udp or tcp} */
    String name();

    /** {@return what people are told about the answers when it is ready, such as ", answers from the address asked"} */
    String remark();

    /** {@return the command that shows who else is on a port} */
    String whoElse();

    /**
     * Opens the sockets of one address.
     *
     * @param address what to bind to; null for every address of the family
     * @param family INET, INET6 for IPv6 alone, or null for both
     */
    EchoPort open(InetAddress address, int port, StandardProtocolFamily family) throws IOException;

    /**
     * Takes sockets of one address that are open already. After an exception they are still the caller's.
     *
     * @param sockets of this protocol, in the order of their indexes when they are a group
     */
    EchoPort adopt(List<NetworkChannel> sockets) throws IOException;

    /** {@return the counts of all that was opened} */
    Counts counts();

    /** Counts of several loops together; toString() is for people. */
    interface Counts {
        void write(JsonGenerator json) throws IOException;
    }
}
