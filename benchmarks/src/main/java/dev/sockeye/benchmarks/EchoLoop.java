package dev.sockeye.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;

/**
 * The echo loop of the README, as a process to be measured. Prints {@code ready PORT PID}, and for each million packets
 * what it allocated for each of them.
 */
public final class EchoLoop {
    private static final int REPORT_PACKETS = 1_000_000;

    private EchoLoop() {}

    /**
     * Echoes until the process is ended.
     *
     * @param arguments the batch's slots
     * @throws Exception when a socket call fails
     */
    public static void main(String[] arguments) throws Exception {
        int slots = Integer.parseInt(arguments[0]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (UdpSocket socket = UdpSocket.open(StandardProtocolFamily.INET)) {
            socket.setOption(LinuxSocketOptions.IP_PKTINFO, true)
                    .setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20)
                    .bind(new InetSocketAddress(0));
            System.out.println("ready " + socket.getLocalAddress().getPort() + " "
                    + ProcessHandle.current().pid());
            PacketBatch batch = PacketBatch.allocate(slots, 2048);
            long packets = 0;
            long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
            for (; ; ) {
                packets += socket.receive(batch);
                batch.forEach(Packet::reply);
                socket.send(batch);
                if (packets >= REPORT_PACKETS) {
                    long allocated = threads.getCurrentThreadAllocatedBytes();
                    System.out.println("allocated " + (double) (allocated - allocatedBefore) / packets);
                    packets = 0;
                    allocatedBefore = threads.getCurrentThreadAllocatedBytes();
                }
            }
        }
    }
}
