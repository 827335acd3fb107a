package dev.sockeye.tools;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;

/** One thread's part of echo: a socket, and what answers those that ask it. */
interface EchoLoop extends Closeable {
    InetSocketAddress address() throws java.io.IOException;

    /** {@return the socket that it answers on or takes connections from} */
    NetworkChannel socket();

    /**
     * Echoes until it is closed, or has left.
     *
     * @param cpu the CPU for this thread to stay on, or null
     */
    void run(Integer cpu);

    /** Ends the loop once what it has in hand is done: another process takes what comes. Only for shareable sockets. */
    void leave();

    /** {@return what ended the loop other than that, or null} */
    Throwable failure();

    /** {@return how many came in: datagrams or connections} */
    long taken();
}
