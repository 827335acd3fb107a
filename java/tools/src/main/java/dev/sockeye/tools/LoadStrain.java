package dev.sockeye.tools;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Whether the generator itself was what held a run back. */
final class LoadStrain {
    private static final double BUSY = 0.95;
    private static final double WAITED = 0.05;
    private static final long LATE_NANOS = 1_000_000;

    private LoadStrain() {}

    /** {@return in words what of the generator was at its limit, by a label; empty when nothing was} */
    static Map<String, String> of(LoadResult result) {
        Map<String, String> limits = new LinkedHashMap<>();
        long notSent = result.count(LoadCount.NOT_SENT);
        long late =
                result.latenessNanos().getTotalCount() - result.latenessNanos().getCountBetweenValues(0, LATE_NANOS);
        if (notSent > 0) {
            limits.put("not-sent", notSent + " datagrams were due and never sent");
        }
        if (late * 100 > result.latenessNanos().getTotalCount()) {
            limits.put(
                    "late",
                    format(
                            "%.1f %% of the datagrams were sent over 1 ms later than they were due, at most %.1f ms",
                            100.0 * late / result.latenessNanos().getTotalCount(),
                            result.latenessNanos().getMaxValue() / 1e6));
        }
        // An open loop's sender stays awake between its datagrams: how late it is tells, and not how busy.
        if (!result.plan().isOpenLoop() && result.cpuShare() >= BUSY) {
            limits.put(
                    "cpu",
                    format(
                            "a thread was busy %.0f %% of the time: give more --threads, or more CPUs",
                            100 * result.cpuShare()));
        }
        if (result.cpuWaitShare() >= WAITED) {
            limits.put(
                    "no-cpu",
                    format(
                            "a thread waited %.0f %% of the time for a CPU that others had",
                            100 * result.cpuWaitShare()));
        }
        if (result.count(LoadCount.SEND_QUEUE_FULL) > 0) {
            limits.put(
                    "send-queue",
                    "the sockets' send queue was full " + result.count(LoadCount.SEND_QUEUE_FULL)
                            + " times: this host's link is slower than the load");
        }
        if (result.loss().causes().get("own-buffer") > 0) {
            limits.put(
                    "own-buffer",
                    "answers found no room in this program's sockets, since it did not take them fast" + " enough");
        }
        return limits;
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
