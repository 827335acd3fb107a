package dev.sockeye.lab;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** For what the kernel does a moment later. */
final class Await {

    private Await() {}

    static void until(ThrowingCallable assertion) throws Throwable {
        long deadline = System.nanoTime() + 3_000_000_000L;
        while (true) {
            try {
                assertion.call();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }
}
