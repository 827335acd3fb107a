package dev.sockeye.tools;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** For what another thread does a moment later. */
final class Await {
    private Await() {}

    static void until(ThrowingCallable assertion) throws Exception {
        long deadline = System.nanoTime() + 15_000_000_000L;
        for (; ; ) {
            try {
                assertion.call();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(5);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
