package dev.sockeye.tools;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** One line on a terminal that is written over and over, and gone at the end. */
final class ProbeProgress {
    private static final long INTERVAL_NANOS = 500_000_000;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean shown;
    private long nextNanos = System.nanoTime() + INTERVAL_NANOS;
    private boolean written;

    /** @param shown whether to show anything at all */
    ProbeProgress(PrintWriter err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    void show(int done, int all, long leftNanos) {
        long now = System.nanoTime();
        if (!shown || now - nextNanos < 0) {
            return;
        }
        nextNanos = now + INTERVAL_NANOS;
        err.print(ERASE + done + " of " + all + " ports, about " + TimeUnit.NANOSECONDS.toSeconds(leftNanos)
                + " s to go");
        err.flush();
        written = true;
    }

    void clear() {
        if (written) {
            err.print(ERASE);
            err.flush();
            written = false;
        }
    }
}
