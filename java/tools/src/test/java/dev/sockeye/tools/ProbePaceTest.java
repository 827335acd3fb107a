package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProbePaceTest {
    private static final long MS = 1_000_000;
    private static final long QUIET = ProbePace.QUIET_NANOS;

    private final ProbePace pace = new ProbePace(3);

    private void errors(int count) {
        for (int i = 0; i < count; i++) {
            pace.heard(MS, true);
        }
    }

    @Test
    void shouldKeepToTheRateThatItMeasures() {
        errors(46);
        pace.roundEnded(0, 1000 * MS);
        assertThat(pace.spacingNanos()).isEqualTo(1000 * MS / 46);

        errors(100);
        pace.roundEnded(2000 * MS, 5000 * MS); // what came between the rounds counts too
        assertThat(pace.spacingNanos()).isEqualTo(4000 * MS / 100);
    }

    @Test
    void shouldNeverGetFasterAgain() {
        errors(10);
        pace.roundEnded(0, 1000 * MS);
        errors(1000);
        pace.roundEnded(1000 * MS, 2000 * MS);

        assertThat(pace.spacingNanos()).isEqualTo(100 * MS);
    }

    @Test
    void shouldNotBeSlowerThanALimitOfOneASecond() {
        errors(1);
        pace.roundEnded(0, 60_000 * MS);

        assertThat(pace.spacingNanos()).isEqualTo(QUIET);
    }

    @Test
    void shouldAskWhatIsLeftSlowlyWhenNoErrorComes() {
        pace.roundEnded(0, 10 * MS);
        assertThat(pace.spacingNanos()).isEqualTo(MS);
        pace.heard(MS, false); // an answer says nothing of errors
        pace.roundEnded(20 * MS, 30 * MS);
        assertThat(pace.spacingNanos()).isEqualTo(QUIET);
        assertThat(pace.quietNanos()).isEqualTo(QUIET);
    }

    @Test
    void shouldAllowForDatagramsThatComeCloserTogetherThanTheyLeft() {
        pace.heard(10 * MS, true);
        pace.heard(90 * MS, false);
        pace.heard(3060 * MS, true); // a neighbour that was waited for

        assertThat(pace.quietNanos()).isEqualTo(QUIET + 80 * MS);
        assertThat(pace.patienceNanos()).isEqualTo(280 * MS);
    }
}
