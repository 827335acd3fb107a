package dev.sockeye.tools;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import picocli.CommandLine;

/**
 * Ends a command that runs until it is told to: SIGINT and SIGTERM are how a user ends it, so that it still sums up and
 * exits with the code of what it saw.
 */
final class SignalEnd {
    /** Between the signal and the end of the process. */
    private static final Duration LONGEST_END = Duration.ofSeconds(4);

    /** What a command does until it is over. */
    interface Work {
        void run() throws Exception;
    }

    private final CommandLine command;
    private final Callable<Integer> end;

    private SignalEnd(CommandLine command, Callable<Integer> end) {
        this.command = command;
        this.end = end;
    }

    /**
     * Does the work and then its end; a signal does the end at once.
     *
     * @param end stops the work, sums up and gives the exit code; it may be called by two threads, and the second time
     *     must only give the code again
     */
    static int around(CommandLine command, Work work, Callable<Integer> end) throws Exception {
        SignalEnd ending = new SignalEnd(command, end);
        Thread onSignal = new Thread(ending::endBySignal, "sockeye-end");
        Runtime.getRuntime().addShutdownHook(onSignal);
        int code;
        try {
            work.run();
        } finally {
            try {
                code = end.call();
            } finally {
                unhook(onSignal);
            }
        }
        return code;
    }

    /**
     * As {@link #around}, where what the work leaves is not safe for two threads: a signal stops the work first.
     *
     * @param stop makes the work end, be it with an exception
     * @param end sums up, once the work has ended; called once
     */
    static int after(CommandLine command, Work work, Work stop, Callable<Integer> end) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        FutureTask<Integer> once = new FutureTask<>(end);
        return around(
                command,
                () -> {
                    try {
                        work.run();
                    } finally {
                        over.countDown();
                    }
                },
                () -> {
                    stop.run();
                    over.await();
                    once.run();
                    return result(once);
                });
    }

    private static int result(FutureTask<Integer> task) throws Exception {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void endBySignal() {
        Thread patience = new Thread(SignalEnd::haltAfterAWhile, "sockeye-patience");
        patience.setDaemon(true);
        patience.start();
        int code = Main.REFUSED;
        try {
            code = end.call();
        } catch (Exception e) {
            Main.complain(command, String.valueOf(e.getMessage()));
        } finally {
            Runtime.getRuntime().halt(code);
        }
    }

    /** A full pipe that nobody reads must not keep the process from ending. */
    private static void haltAfterAWhile() {
        try {
            Thread.sleep(LONGEST_END.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(Main.REFUSED);
    }

    /** Not before the end is done: a signal meanwhile ends the process after it. */
    private static void unhook(Thread onSignal) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException signalled) {
            Thread.sleep(Long.MAX_VALUE); // the hook ends the process
        }
    }
}
