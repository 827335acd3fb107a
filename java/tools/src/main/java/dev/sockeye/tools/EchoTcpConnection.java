package dev.sockeye.tools;

import dev.sockeye.TcpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;

/**
 * One connection. It reads nothing more while something that was read is not sent yet: a peer that does not read is
 * stopped by its own full buffers, and takes no more memory here than one read.
 */
final class EchoTcpConnection {
    private final TcpSocket socket;
    private final EchoTcpCounters counters;
    /** What was read and there is no room for on the way back; null when there is none, as nearly always. */
    private ByteBuffer rest;

    /** @param socket non-blocking */
    EchoTcpConnection(TcpSocket socket, EchoTcpCounters counters) {
        this.socket = socket;
        this.counters = counters;
    }

    /**
     * Does what can be done without waiting.
     *
     * @param buffer the thread's own; nothing stays in it
     * @throws IOException when the connection is broken
     */
    void serve(SelectionKey key, ByteBuffer buffer) throws IOException {
        if (rest == null) {
            echo(key, buffer);
        } else {
            write(rest);
            rest = rest.hasRemaining() ? rest : null;
        }
        if (socket.isOpen()) {
            key.interestOps(rest == null ? SelectionKey.OP_READ : SelectionKey.OP_WRITE);
        }
    }

    private void echo(SelectionKey key, ByteBuffer buffer) throws IOException {
        int count = socket.read(buffer.clear());
        if (count < 0) { // all that came before the end is sent, since there is no rest
            close(key);
            counters.closed(false);
            return;
        }
        counters.received(count);
        write(buffer.flip());
        if (buffer.hasRemaining()) {
            rest = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
        }
    }

    private void write(ByteBuffer source) throws IOException {
        int before = source.position();
        try {
            socket.write(source);
        } finally {
            counters.sent(source.position() - before);
        }
    }

    /** Where the system has no descriptor left for this, the selector does it in its next turn: it has the key. */
    void close(SelectionKey key) {
        key.cancel();
        try {
            socket.close();
        } catch (IOException noDescriptor) {
            return; // the socket's own is closed all the same
        }
    }
}
