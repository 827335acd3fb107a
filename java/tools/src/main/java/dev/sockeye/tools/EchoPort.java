package dev.sockeye.tools;

import dev.sockeye.ReuseportGroup;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What echo listens with on one address: a socket, or a group of them that share the port.
 *
 * @param loops one for each socket; each wants a thread
 * @param group of the sockets; null for one that does not share its port
 */
record EchoPort(List<? extends EchoLoop> loops, ReuseportGroup<?> group) implements Closeable {
    InetSocketAddress address() throws IOException {
        return loops.get(0).address();
    }

    /** How many sockets of others share the port and take a part of what comes in. */
    int strangers() throws IOException {
        return group == null ? 0 : group.strangers();
    }

    @Override
    public void close() throws IOException {
        for (EchoLoop loop : loops) {
            loop.close();
        }
    }
}
