package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadLossTest {
    private static EchoCounts peer(long kernelDropped, Map<DropReason, Long> some) {
        Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            dropped.put(reason, some.getOrDefault(reason, 0L));
        }
        return new EchoCounts(1, 0, 0, 0, kernelDropped, dropped);
    }

    @Test
    void shouldGiveEachCauseItsShareAndThePathTheRest() {
        LoadLoss loss = new LoadLoss(100, 40, 5, 6, peer(7, Map.of(DropReason.RATE_LIMIT, 8L)));

        assertThat(loss.total()).isEqualTo(60);
        assertThat(loss.causes())
                .isEqualTo(Map.of(
                        "send-refused", 5L, "own-buffer", 6L, "peer-buffer", 7L, "peer-rate-limit", 8L, "path", 34L));
    }

    @Test
    void shouldExplainNoMoreThanWasLost() {
        LoadLoss loss = new LoadLoss(100, 90, 3, 0, peer(20, Map.of(DropReason.RATE_LIMIT, 8L)));

        assertThat(loss.causes())
                .isEqualTo(Map.of(
                        "send-refused", 3L, "own-buffer", 0L, "peer-buffer", 7L, "peer-rate-limit", 0L, "path", 0L));
    }

    @Test
    void shouldBlameNoPeerThatDoesNotTell() {
        assertThat(new LoadLoss(10, 8, 0, 0, null).causes()).containsOnlyKeys("send-refused", "own-buffer", "path");
    }
}
