package dev.sockeye.benchmarks;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/** Runs a blocking echo loop until its socket is closed. */
final class ServerThread {
    /** A loop that ends by an exception. */
    interface Loop {
        void run() throws IOException;
    }

    private ServerThread() {}

    static void start(String name, Loop loop) {
        Thread thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (ClosedChannelException e) {
                        return;
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(name, e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
