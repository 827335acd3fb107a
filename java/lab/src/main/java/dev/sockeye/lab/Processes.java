package dev.sockeye.lab;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The processes of one lab. One thread that lives as long as the lab starts all of them: the kernel sends a parent-death
 * signal when the *thread* that started a process ends. That thread also never enters a host, so that the JDK's reaper
 * threads, which inherit the namespace of the thread that starts a process, keep no namespace alive.
 */
final class Processes {

    private static final String OWN_PID = Long.toString(ProcessHandle.current().pid());
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);

    private final ExecutorService starter = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "sockeye-lab-starter");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Process> running = new ArrayList<>();
    private boolean mayLeaveOthers;
    private boolean closed;

    Processes() {
        // Now, and not on first use, which may be while the calling thread is inside a host.
        await(starter.submit(() -> {}));
    }

    /** Starts a command of the user's, which may leave processes of its own behind. */
    synchronized Process start(ProcessBuilder builder) {
        mayLeaveOthers = true;
        return startTool(builder);
    }

    private synchronized Process startTool(ProcessBuilder builder) {
        if (closed) {
            throw new IllegalStateException("the lab is closed");
        }
        running.removeIf(process -> !process.isAlive());
        try {
            Process process = await(starter.submit(builder::start));
            running.add(process);
            return process;
        } catch (IllegalStateException e) {
            throw new LabException("cannot start " + builder.command(), e.getCause());
        }
    }

    /** What a process that has ended left. */
    record Result(int exitCode, String out, String err) {}

    /** Runs a command of the user's to its end. */
    Result run(List<String> command, Duration limit) {
        return finish(start(new ProcessBuilder(command)), "", limit);
    }

    /** Runs a tool such as `ip` to its end with `input` as its standard input. */
    Result runTool(List<String> command, String input, Duration limit) {
        return finish(startTool(new ProcessBuilder(command)), input, limit);
    }

    private static Result finish(Process process, String input, Duration limit) {
        Collector out = Collector.of(process.getInputStream());
        Collector err = Collector.of(process.getErrorStream());
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It ended without reading everything; its exit code and messages say why.
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LabException("it did not end within " + limit.toMillis() + " ms");
            }
            return new Result(process.exitValue(), out.text(), err.text());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while it ran", e);
        } finally {
            if (process.isAlive()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }

    /**
     * Kills what was started here, and also what those processes left behind: everything that is in one of the
     * namespaces. `identities` is what /proc/PID/ns/net of such a process links to.
     */
    void close(Collection<String> identities) {
        synchronized (this) {
            closed = true;
        }
        running.forEach(Process::destroyForcibly);
        long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
        boolean interrupted = false;
        while (running.stream().anyMatch(Process::isAlive) | (mayLeaveOthers && killAllIn(identities))) {
            if (System.nanoTime() > deadline) {
                throw new LabException(
                        "a process of this lab is still alive " + KILL_LIMIT.toSeconds() + " s after it was killed");
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        starter.shutdown();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there was any. */
    private static boolean killAllIn(Collection<String> identities) {
        boolean found = false;
        if (!OWN_PID.equals(linkOf(Path.of("/proc/self")))) {
            return false; // this /proc is of another PID namespace: its numbers are other processes' here
        }
        for (String pid : Objects.requireNonNull(new File("/proc").list())) {
            if (pid.matches("[0-9]+") && identities.contains(namespaceOf(pid)) && !pid.equals(OWN_PID)) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                found = true;
            }
        }
        return found;
    }

    private static String namespaceOf(String pid) {
        return linkOf(Path.of("/proc", pid, "ns/net"));
    }

    private static String linkOf(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "gone meanwhile, or another user's";
        }
    }

    /** Waits without regard to interrupts: the work would be done all the same, and nobody would know it. */
    static <T> T await(Future<T> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes a stream's bytes beside the caller, since a process blocks when nobody takes its output. */
    private static final class Collector {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        private Collector(InputStream stream) {
            thread = new Thread(() -> collect(stream), "sockeye-lab-output");
            thread.setDaemon(true);
        }

        static Collector of(InputStream stream) {
            Collector collector = new Collector(stream);
            collector.thread.start();
            return collector;
        }

        private void collect(InputStream stream) {
            try (stream) {
                stream.transferTo(bytes);
            } catch (IOException e) {
                // Closed because the process was killed, which its exit code tells.
            }
        }

        /** What came; a process left in the background may hold the stream open, and is not waited for. */
        String text() throws InterruptedException {
            thread.join(1_000);
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
