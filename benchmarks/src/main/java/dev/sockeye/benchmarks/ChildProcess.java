package dev.sockeye.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A process that ends when it is closed and, since Ctrl-C must not leave it running, with this JVM. */
final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final Thread end;

    ChildProcess(ProcessBuilder builder) throws IOException {
        process = builder.start();
        end = new Thread(process::destroy);
        try {
            Runtime.getRuntime().addShutdownHook(end);
        } catch (IllegalStateException e) {
            process.destroy();
            throw new IOException("this JVM is ending", e);
        }
    }

    Process process() {
        return process;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException e) {
            return; // it is running
        }
    }
}
