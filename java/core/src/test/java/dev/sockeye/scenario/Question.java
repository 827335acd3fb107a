package dev.sockeye.scenario;

import dev.sockeye.lab.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;

/** Asks a server with the JDK's sockets, unconnected, so that an answer from any address is seen. */
final class Question {
    /** Long enough for a neighbour's address to be found, short enough to wait for an answer that will not come. */
    private static final int PATIENCE_MILLIS = 400;

    private static final int TRIES = 4;

    private Question() {}

    /** {@return the address the answer came from, or null when none came in a patient while} */
    static InetAddress ask(Host from, InetAddress to) throws Exception {
        return ask(from, to, null);
    }

    /**
     * Asks, if need be several times: in a new lab the first datagram may be lost to a link that is coming up.
     *
     * @param device where multicast leaves, or null
     */
    static InetAddress ask(Host from, InetAddress to, String device) throws Exception {
        return from.call(() -> {
            ProtocolFamily family =
                    to.getAddress().length == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
            try (DatagramChannel channel = DatagramChannel.open(family).bind(new InetSocketAddress(0));
                    DatagramSocket socket = channel.socket()) {
                channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
                if (device != null) {
                    channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName(device));
                }
                socket.setSoTimeout(PATIENCE_MILLIS);
                for (int attempt = 0; attempt < TRIES; attempt++) {
                    InetAddress answer = attempt(socket, to, (byte) attempt);
                    if (answer != null) {
                        return answer;
                    }
                }
                return null;
            }
        });
    }

    private static InetAddress attempt(DatagramSocket socket, InetAddress to, byte attempt) throws IOException {
        byte[] question = {'a', 's', 'k', attempt};
        socket.send(new DatagramPacket(question, question.length, to, EchoOn.PORT));
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        try {
            socket.receive(answer);
        } catch (SocketTimeoutException e) {
            return null;
        }
        byte[] content = Arrays.copyOf(answer.getData(), answer.getLength());
        if (content.length != 4 || content[0] != 'a') {
            throw new AssertionError("no echo of the question: " + Arrays.toString(content));
        }
        return answer.getAddress();
    }
}
