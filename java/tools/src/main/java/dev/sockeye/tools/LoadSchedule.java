package dev.sockeye.tools;

/** When each datagram of one worker is to be sent. It does not depend on what was sent or answered before. */
final class LoadSchedule {
    private final double startNanos;
    private final double burstNanos;
    private final int burst;

    /**
     * @param startNanos of the first burst
     * @param burstNanos from one burst to the next
     */
    LoadSchedule(double startNanos, double burstNanos, int burst) {
        this.startNanos = startNanos;
        this.burstNanos = burstNanos;
        this.burst = burst;
    }

    /** {@return when the datagram with this number is due, the first is 0} */
    long due(long index) {
        return (long) (startNanos + index / burst * burstNanos);
    }

    /** {@return how many are due before a time} */
    long dueBefore(long nanos) {
        long bursts = nanos <= startNanos ? 0 : (long) Math.ceil((nanos - startNanos) / burstNanos);
        return bursts * burst;
    }
}
