package dev.sockeye.tools;

/** What a thread has of the CPUs while it has to do. One thread, until it has ended. */
final class LoadCpuMeter {
    private final long startNanos = System.nanoTime();
    private final LoadCpu start = LoadCpu.ofThisThread();
    private long nanos;
    private LoadCpu used;

    /** Ends the measurement. Only the first time counts: from then on the thread but waits for the last answers. */
    void end() {
        if (used == null) {
            used = LoadCpu.ofThisThread().minus(start);
            nanos = System.nanoTime() - startNanos;
        }
    }

    /** {@return how long it measured} */
    long nanos() {
        return nanos;
    }

    /** {@return how much of one CPU the thread used} */
    double share() {
        return (double) used.nanos() / nanos;
    }

    /** {@return of the time, in which part the thread could have run and there was no CPU for it} */
    double waitShare() {
        return (double) used.waitedNanos() / nanos;
    }
}
