package dev.sockeye.tools;

import java.io.Closeable;
import java.net.InetSocketAddress;

/** One thread's part of echo: a socket, and what answers those that ask it. */
interface EchoLoop extends Closeable {
    InetSocketAddress address() throws java.io.IOException;

    /**
     * Echoes until it is closed.
     *
     * @param cpu the CPU for this thread to stay on, or null
     */
    void run(Integer cpu);

    /** {@return what ended the loop other than closing, or null} */
    Throwable failure();

    /** {@return how many came in: datagrams or connections} */
    long taken();
}
