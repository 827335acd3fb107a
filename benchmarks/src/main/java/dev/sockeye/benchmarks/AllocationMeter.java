package dev.sockeye.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.DoubleConsumer;

/** What the thread that made it allocates for each packet it counts, by the JVM's own account. */
final class AllocationMeter {
    private static final int REPORT_PACKETS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final DoubleConsumer report;
    private long packets;
    private long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();

    /** @param report is told the bytes for each packet, now and then */
    AllocationMeter(DoubleConsumer report) {
        this.report = report;
    }

    void count(int more) {
        packets += more;
        if (packets >= REPORT_PACKETS) {
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            report.accept((double) (allocated - allocatedBefore) / packets);
            packets = 0;
            allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        }
    }
}
