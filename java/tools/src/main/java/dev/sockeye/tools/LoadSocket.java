package dev.sockeye.tools;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.UdpSocket;
import java.io.IOException;

/** Makes the sockets that load asks from. */
final class LoadSocket {
    private LoadSocket() {}

    /** Bound, and not connected: a connected one would not even see an answer from a wrong address. */
    static UdpSocket open(LoadTargets targets) throws IOException {
        UdpSocket socket = UdpSocket.open(targets.family());
        try {
            socket.setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true);
            EchoServer.growBuffer(socket);
            socket.bind(null);
            // An echo server takes what comes from its own port number for another server's.
            return targets.hasPort(socket.getLocalAddress().getPort()) ? another(socket, targets) : socket;
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /** While the first one keeps its port. */
    private static UdpSocket another(UdpSocket socket, LoadTargets targets) throws IOException {
        try (socket) {
            return open(targets);
        }
    }
}
