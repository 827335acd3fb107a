package dev.sockeye.tools;

import dev.sockeye.Steering;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** An echo server for TCP in threads of this JVM. */
final class EchoTcpRunning implements AutoCloseable {
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private final EchoTcp echo;
    final EchoPort opened;

    private EchoTcpRunning(InetAddress address, int port, int sockets, Steering steering) throws IOException {
        echo = new EchoTcp(sockets, steering, complaints::add, false);
        opened = echo.open(address, port, address == null ? null : Host.familyOf(address));
        for (EchoLoop loop : opened.loops()) {
            Thread thread = new Thread(() -> loop.run(null), "test-echo-tcp");
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    static EchoTcpRunning start(int sockets, Steering steering) throws IOException {
        return new EchoTcpRunning(InetAddress.getByName("127.0.0.1"), 0, sockets, steering);
    }

    /** @param address null for all of both families */
    static EchoTcpRunning start(InetAddress address, int port) throws IOException {
        long deadline = System.nanoTime() + 5_000_000_000L;
        for (; ; ) {
            try {
                return new EchoTcpRunning(address, port, 1, Steering.hash());
            } catch (BindException e) { // a child process of another test may hold the port until its exec
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    int port() throws IOException {
        return opened.address().getPort();
    }

    Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port()), 20_000);
        return socket;
    }

    EchoTcpCounters counts() {
        return echo.counts();
    }

    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** After this the counts are final. */
    void stop() throws Exception {
        opened.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public void close() throws Exception {
        stop();
        for (EchoLoop loop : opened.loops()) {
            if (loop.failure() != null) {
                throw new AssertionError("a loop failed", loop.failure());
            }
        }
    }
}
