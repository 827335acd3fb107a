package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long IPV4 = 0xffff_c000_0201L;

    private static int taken(RateLimit limit, int tries, long now) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += limit.take(0, IPV4, now) ? 1 : 0;
        }
        return taken;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 10, 999, 1000, 65_537, 1_000_003})
    void shouldTakeASecondsWorthAtOnceAndNoMore(int packetsPerSecond) {
        RateLimit limit = new RateLimit(packetsPerSecond, 0);

        assertThat(taken(limit, packetsPerSecond + 10, 0)).isEqualTo(packetsPerSecond);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 10, 999, 1000})
    void shouldTakeNoMoreThanTheRateInTheLongRun(int packetsPerSecond) {
        long start = Long.MAX_VALUE - 5 * SECOND; // System.nanoTime() may pass the end of a long
        RateLimit limit = new RateLimit(packetsPerSecond, start);
        Random random = new Random(packetsPerSecond);
        long taken = 0;
        long elapsed = 0;
        while (elapsed < 20 * SECOND) {
            elapsed += random.nextInt((int) (SECOND / packetsPerSecond / 2 + 1));
            taken += limit.take(0, IPV4, start + elapsed) ? 1 : 0;
        }

        long most = packetsPerSecond + elapsed * packetsPerSecond / SECOND;
        assertThat(taken).isBetween(most * 95 / 100 - 1, most);
    }

    @Test
    void shouldGiveOneEachSecondAtTheSmallestRate() {
        RateLimit limit = new RateLimit(1, 0);

        assertThat(limit.take(0, IPV4, 0)).isTrue();
        assertThat(limit.take(0, IPV4, SECOND - 1)).isFalse();
        assertThat(limit.take(0, IPV4, SECOND)).isTrue();
        assertThat(limit.take(0, IPV4, SECOND)).isFalse();
        assertThat(limit.take(0, IPV4, 1000 * SECOND)).isTrue();
        assertThat(limit.take(0, IPV4, 1000 * SECOND)).isFalse();
    }

    @Test
    void shouldRefuseNothingThatCanBeSentAtTheLargestRate() {
        RateLimit limit = new RateLimit(Integer.MAX_VALUE, 0);

        assertThat(taken(limit, 5_000_000, 0)).isEqualTo(5_000_000);
    }

    @Test
    void shouldKeepSourcesApart() {
        RateLimit limit = new RateLimit(1, 0);
        int taken = 0;
        for (int host = 0; host < 1000; host++) {
            taken += limit.take(0, IPV4 + host, 0) ? 1 : 0;
        }

        assertThat(taken).isGreaterThan(960); // some share one of the 65536 buckets
    }

    /** Whoever may choose the last eight bytes of an address cannot make them meet a bucket of another network. */
    @Test
    void shouldNotLetAnyoneChooseWithWhomTheyShare() {
        long victimHigh = 0x2001_0db8_0000_0001L;
        long attackerHigh = 0x2001_0db8_0000_0badL;
        int met = 0;
        for (int run = 0; run < 50; run++) {
            RateLimit limit = new RateLimit(1, 0);
            limit.take(attackerHigh, 1 + (victimHigh - attackerHigh) * 0x9e3779b97f4a7c15L, 0);
            limit.take(attackerHigh, 1 ^ victimHigh ^ attackerHigh, 0);
            limit.take(attackerHigh, 1 + victimHigh - attackerHigh, 0);
            met += limit.take(victimHigh, 1, 0) ? 0 : 1;
        }

        assertThat(met).isLessThan(3);
    }

    @Test
    void shouldHoldForSeveralThreadsTogether() throws Exception {
        RateLimit limit = new RateLimit(100_000, 0);
        AtomicInteger taken = new AtomicInteger();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> taken.addAndGet(taken(limit, 50_000, 0)));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(taken).hasValue(100_000);
    }
}
