package dev.sockeye.benchmarks;

/** An echo server of one library on a port of its own, at work in threads of its own until it is closed. */
interface EchoServer extends AutoCloseable {
    int PAYLOAD_BYTES = 2048;

    /** Enough for a window of 256 datagrams of 1200 bytes, as the kernel accounts for them. */
    int RECEIVE_BUFFER_BYTES = 4 << 20;

    int port();

    @Override
    void close() throws Exception;
}
