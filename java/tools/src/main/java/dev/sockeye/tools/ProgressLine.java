package dev.sockeye.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** One line on a terminal that is written over and over, and gone at the end. Nothing where there is no terminal. */
final class ProgressLine {
    private static final long INTERVAL_NANOS = 500_000_000;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean shown;
    private long nextNanos = System.nanoTime() + INTERVAL_NANOS;
    private boolean written;

    /** @param shown whether to show anything at all */
    ProgressLine(PrintWriter err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    /** Whether somebody watches standard error. */
    static boolean isWatched() {
        try {
            // Not System.console(): that is about the other two streams, and never null from JDK 22 on.
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException closed) {
            return false;
        }
    }

    /** Writes it, unless it was written a moment ago. */
    void show(Supplier<String> text) {
        long now = System.nanoTime();
        if (!shown || now - nextNanos < 0) {
            return;
        }
        nextNanos = now + INTERVAL_NANOS;
        err.print(ERASE + text.get());
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
