package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LoadSizesTest {
    private static LoadSizes sizes(String text) {
        return new LoadSizes.Converter().convert(text);
    }

    private static IntStream of(LoadSizes sizes, int count) {
        return LongStream.range(0, count).mapToInt(sizes::of);
    }

    @Test
    void shouldTakeTurns() {
        assertThat(of(sizes("64,512,1400"), 5)).containsExactly(64, 512, 1400, 64, 512);
        assertThat(of(sizes("24"), 3)).containsExactly(24, 24, 24);
    }

    @Test
    void shouldMixAsTheInternetDoes() {
        LoadSizes imix = sizes("imix");

        assertThat(of(imix, 1200).filter(size -> size == 24)).hasSize(700);
        assertThat(of(imix, 1200).filter(size -> size == 548)).hasSize(400);
        assertThat(of(imix, 1200).filter(size -> size == 1472)).hasSize(100);
        assertThat(imix.largest()).isEqualTo(1472);
    }

    @Test
    void shouldSpreadARangeEvenlyAndTheSameEachTime() {
        LoadSizes range = sizes("100-199");

        int[] counts = new int[100];
        of(range, 100_000).forEach(size -> counts[size - 100]++);

        assertThat(IntStream.of(counts)).allSatisfy(count -> assertThat(count).isBetween(900, 1100));
        assertThat(of(range, 1000).toArray())
                .isEqualTo(of(sizes("100-199"), 1000).toArray());
        assertThat(of(sizes("65507-65507"), 10)).containsOnly(65507);
        assertThat(range.largest()).isEqualTo(199);
    }
}
