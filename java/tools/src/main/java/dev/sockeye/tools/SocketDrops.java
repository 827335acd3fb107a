package dev.sockeye.tools;

import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How many datagrams a socket dropped for want of room, or with a wrong checksum. */
final class SocketDrops {
    /** getsockopt(SOL_SOCKET, SO_MEMINFO): nine u32, the last one is what the socket dropped (SK_MEMINFO_DROPS). */
    private static final int SOL_SOCKET = 1;

    private static final int SO_MEMINFO = 55;
    private static final int MEMINFO_BYTES = 36;
    private static final int MEMINFO_DROPS = 32;

    private SocketDrops() {}

    /**
     * {@return the count, modulo 2^32}
     *
     * @throws UnsupportedOperationException on a kernel before 4.12
     * @throws IOException when the socket is closed
     */
    static long of(UdpSocket socket) throws IOException {
        byte[] info = socket.getRawOption(SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES);
        return Integer.toUnsignedLong(
                ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(MEMINFO_DROPS));
    }
}
