package dev.sockeye;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The CPUs of this machine that a thread may run on, for one thread and one socket on each: with
 * {@link Steering#byCpu()} a packet is then dealt with on the CPU that took it in. (sched_setaffinity(2))
 */
public final class Cpus {
    private Cpus() {}

    /**
     * {@return the numbers of the CPUs that the calling thread may run on, in ascending order} A container or taskset(1)
     * may leave out some.
     */
    public static List<Integer> allowed() {
        List<Integer> cpus = new ArrayList<>();
        for (int cpu = 0; (cpu = Native.CALLS.sockeye_allowed_cpu(cpus.size())) >= 0; ) {
            cpus.add(cpu);
        }
        return List.copyOf(cpus);
    }

    /**
     * Keeps the calling thread on one CPU from now on. A virtual thread would take its carrier along: only platform
     * threads may call this.
     *
     * @param cpu its number, one of {@link #allowed()}
     * @throws IllegalArgumentException when this thread may not run there
     * @throws IOException when the system refuses
     */
    public static void pinThread(int cpu) throws IOException {
        int result = Native.CALLS.sockeye_pin_thread(cpu);
        if (result == -Errors.EINVAL) {
            throw new IllegalArgumentException("CPU " + cpu + " is none of those to run on: " + allowed());
        }
        if (result < 0) {
            throw Errors.of(result, "sched_setaffinity(" + cpu + ")");
        }
    }
}
