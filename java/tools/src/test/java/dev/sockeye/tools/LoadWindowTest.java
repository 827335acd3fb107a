package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a flow knows of its datagrams, without a network. */
class LoadWindowTest {
    private final LoadRing ring = new LoadRing(8);
    private final LoadWindow window = new LoadWindow(ring, 4, 100);

    private void send(long dueNanos) {
        ring.add(dueNanos);
        window.sent();
    }

    private long answer(long sequence) {
        long due = ring.take(sequence);
        if (due >= 0) {
            window.answered(sequence);
        }
        return due;
    }

    @Test
    void shouldTellWhenAnAnsweredDatagramWasDue() {
        send(5);
        send(7);

        assertThat(answer(1)).isEqualTo(7);
        assertThat(answer(0)).isEqualTo(5);
        assertThat(window.free()).isEqualTo(4);
    }

    @Test
    void shouldTellASecondAnswerAndOneToNothing() {
        send(5);

        answer(0);

        assertThat(answer(0)).isEqualTo(LoadRing.ANSWERED);
        assertThat(answer(1)).isEqualTo(LoadRing.NEVER_SENT);
        assertThat(answer(-1)).isEqualTo(LoadRing.NEVER_SENT);
        assertThat(window.free()).isEqualTo(4);
    }

    @Test
    void shouldFreeThePlaceOfWhatIsNotAnsweredInTimeAndStillTakeItsAnswer() {
        send(0);
        send(50);
        send(60);
        answer(1);

        window.expire(100);
        assertThat(window.free()).isEqualTo(3);

        assertThat(answer(0)).as("late").isZero();
        assertThat(window.free()).isEqualTo(3);
        window.expire(159);
        assertThat(window.free()).isEqualTo(3);
        window.expire(160);
        assertThat(window.free()).isEqualTo(4);
    }

    @Test
    void shouldGiveUpWhatItCanNotRemember() {
        send(0);
        for (int sequence = 1; sequence < 100; sequence++) {
            send(0);
            assertThat(answer(sequence)).isZero();
        }

        assertThat(answer(0)).isEqualTo(LoadRing.TOO_OLD);
        assertThat(window.free()).isEqualTo(4);
    }
}
