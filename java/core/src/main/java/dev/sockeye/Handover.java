package dev.sockeye;

import java.io.IOException;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Restarting a server without losing a datagram or a connection: the running process gives its sockets to the one that
 * takes its place. What is queued in a socket stays there; it is closed when the last process that has it closes it.
 *
 * <p>A server takes sockets when it starts, and offers its own from then on:
 *
 * <pre>{@code
 * Optional<HandoverTaken> taken = Handover.take(path, Duration.ofSeconds(10));
 * UdpSocket socket = taken.isPresent()
 *         ? (UdpSocket) taken.get().sockets().get(0)
 *         : UdpSocket.openShareable(StandardProtocolFamily.INET6)
 *                 .setOption(LinuxSocketOptions.IP_PKTINFO, true).bind(new InetSocketAddress(7007));
 * ...                                            // whatever else may fail
 * if (taken.isPresent()) {
 *     taken.get().ready();                       // the other process stops now
 * }
 * try (HandoverOffer offer = Handover.offer(path, List.of(socket))) {
 *     new Thread(() -> awaitQuietly(offer)).start();
 *     while (!offer.isTaken()) {                 // ends with nothing in hand
 *         if (socket.receive(batch, Duration.ofMillis(100)) > 0) {
 *             batch.forEach(Packet::reply);
 *             socket.send(batch);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>A loop that blocks without limit is ended by closing the socket instead. What it received last can be worked on
 * then, but no longer be answered.
 *
 * <p>A {@link TcpListener} is offered in the same way. The process that had it goes on with the connections that it has
 * accepted, and the next one accepts those that wait.
 *
 * <p><b>Who may take.</b> The path is a Unix socket with mode 0600, and both sides refuse a process of another user. It
 * has at most 107 bytes, as the kernel wants it, and is best in a directory that only this user can write to.
 *
 * <p><b>What goes along</b>: the sockets with their ports, peers, options, multicast memberships, queued datagrams and
 * errors, and the steering of a {@link ReuseportGroup}. What does not: this library's objects. Memberships have no
 * MembershipKey in the new process, and errors that this process has read from the kernel stay with it.
 *
 * <p><b>Groups.</b> Offer {@link ReuseportGroup#members()} and give what was taken to {@link ReuseportGroup#adopt}, in
 * the same order. Do not add, drain or steer in the old process once its members are offered.
 */
public final class Handover {
    private Handover() {}

    /**
     * Offers sockets to a successor, who gets them in the order given. Nothing happens until {@link HandoverOffer#await()}
     * is called.
     *
     * @param path where the successor will ask: a file of this name is made, and removed with the offer; one that is left
     *     of a process which died is replaced
     * @param sockets the sockets, 1 to 1024, each from {@link UdpSocket#openShareable}, {@link TcpListener#openShareable} or
     *     this class; they stay this process's own, to be used and closed by it
     * @return the offer
     * @throws IllegalArgumentException when there are too few or too many, or one is not shareable
     * @throws java.nio.channels.ClosedChannelException when one is closed
     * @throws java.nio.file.FileSystemException when the path is a file of another kind, which is left alone, or too long
     * @throws java.net.BindException when another process offers sockets there now
     * @throws IOException when the system refuses
     */
    public static HandoverOffer offer(Path path, List<? extends NetworkChannel> sockets) throws IOException {
        return HandoverOffer.open(path, sockets);
    }

    /**
     * Takes the sockets that another process offers. That one goes on serving until {@link HandoverTaken#ready()}.
     *
     * @param path where it offers them
     * @param timeout how long to wait for them: while another successor holds them, or the offer is not awaited
     * @return the sockets; empty when nobody offers any at this path
     * @throws java.net.SocketTimeoutException when they did not come in time
     * @throws java.nio.file.FileSystemException when the path is a file of another kind, or too long
     * @throws IOException when they are offered by another user, the offer ended before they came, something that was
     *     offered is not what this library knows, or the system refuses (EMFILE: no room for all of them)
     */
    public static Optional<HandoverTaken> take(Path path, Duration timeout) throws IOException {
        return HandoverTaken.from(path, timeout);
    }

    /**
     * The sockets that this process was started with by systemd or alike: socket activation. They are the descriptors
     * from 3 on, as many as the environment's LISTEN_FDS says, if its LISTEN_PID is this process. (sd_listen_fds(3)) The
     * environment is left as it is, so a process that starts others takes LISTEN_PID out of theirs. The names in
     * LISTEN_FDNAMES are in the same order.
     *
     * @return the sockets, shareable: each a {@link UdpSocket} or a {@link TcpListener}, in the order of their descriptors;
     *     empty when there are none
     * @throws IllegalStateException when it has given them before: each descriptor has one owner
     * @throws IOException when one is neither, which closes none of them; when there is no descriptor left; or when the
     *     environment is not as it should be
     */
    public static List<NetworkChannel> inherited() throws IOException {
        return InheritedSockets.take();
    }

    /**
     * Makes a socket of a descriptor that came to this process in another way. It is close-on-exec from now on, and belongs
     * to the socket that is returned, which is shareable; after an exception it is still the caller's.
     *
     * @param fd the number of the descriptor
     * @return a {@link UdpSocket} or a {@link TcpListener}
     * @throws IOException when it is neither, or there is no descriptor left
     */
    public static NetworkChannel adopt(int fd) throws IOException {
        return InheritedSockets.adopt(fd);
    }
}
