package dev.sockeye.tools;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;

/** An echo server that runs in a thread of this JVM, where the opening thread's network is. */
final class Echo implements AutoCloseable {
    final EchoServer server;
    private final Thread thread;

    private Echo(EchoServer server, EchoGuard guard) {
        this.server = server;
        this.thread = new Thread(() -> server.run(guard, new EchoQuestion(0, List.of(server)), null), "test-echo");
    }

    static Echo start(int port, SourcePolicy policy, boolean allowLoops) throws Exception {
        return start(null, port, policy, allowLoops);
    }

    static Echo start(InetAddress address, int port, SourcePolicy policy, boolean allowLoops) throws Exception {
        EchoServer server =
                bound(() -> EchoServer.open(address, port, address == null ? null : Host.familyOf(address), policy));
        return new Echo(server, new EchoGuard(server.address().getPort(), allowLoops, null));
    }

    /** A child process of another test may hold a port that was just closed, until its exec. */
    static <S> S bound(Callable<S> open) throws Exception {
        long deadline = System.nanoTime() + 5_000_000_000L;
        for (; ; ) {
            try {
                return open.call();
            } catch (BindException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    /** Runs the loop; not to be called inside a lab's host, since the thread would stay there. */
    Echo run() {
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    int port() throws Exception {
        return server.address().getPort();
    }

    long received() {
        return server.counters().received();
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    /** After this its counts are final. */
    void stop() throws IOException {
        server.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
