package dev.sockeye;

import java.io.IOException;

/** For a child JVM: opens a socket, from several threads at once if asked to, and says what happened in one line. */
public final class OpenSocket {
    private OpenSocket() {}

    public static void main(String[] arguments) throws Exception {
        Thread[] threads = new Thread[arguments.length == 0 ? 1 : Integer.parseInt(arguments[0])];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(OpenSocket::open);
        }
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void open() {
        try {
            UdpSocket.open(Loopback.INET).bind(null).close();
            System.out.println("opened");
        } catch (LinkageError | IOException e) {
            System.out.println(e);
            System.exit(1);
        }
    }
}
