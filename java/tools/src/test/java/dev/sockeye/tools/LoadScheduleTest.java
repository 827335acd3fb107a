package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadScheduleTest {
    @Test
    void shouldBeDueAtEvenTimes() {
        LoadSchedule schedule = new LoadSchedule(500, 1000.5, 1);

        assertThat(schedule.due(0)).isEqualTo(500);
        assertThat(schedule.due(1)).isEqualTo(1500);
        assertThat(schedule.due(2)).isEqualTo(2501);
        assertThat(schedule.due(1_000_000_000)).as("no drift").isEqualTo(1_000_500_000_500L);
    }

    @Test
    void shouldBeDueInBursts() {
        LoadSchedule schedule = new LoadSchedule(0, 100, 3);

        assertThat(schedule.due(2)).isZero();
        assertThat(schedule.due(3)).isEqualTo(100);
        assertThat(schedule.due(5)).isEqualTo(100);
    }

    @Test
    void shouldCountWhatIsDueBeforeATime() {
        assertThat(new LoadSchedule(0, 100, 1).dueBefore(0)).isZero();
        assertThat(new LoadSchedule(0, 100, 1).dueBefore(1)).isEqualTo(1);
        assertThat(new LoadSchedule(0, 100, 1).dueBefore(100)).isEqualTo(1);
        assertThat(new LoadSchedule(0, 100, 2).dueBefore(101)).isEqualTo(4);
        assertThat(new LoadSchedule(50, 100, 1).dueBefore(50)).isZero();
    }
}
