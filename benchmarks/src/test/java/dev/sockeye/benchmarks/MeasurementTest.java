package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class MeasurementTest {
    @ParameterizedTest
    @CsvSource({"100, 0, yes", "100, 100, no", "100, 1, 'no, 1 of 100'", "0, 0, -"})
    void shouldTellWhetherAnswersCameFromTheAddressAsked(long packets, long wrong, String shown) {
        Measurement measured = measurement("{}");
        measured.result().put("bPackets", packets).put("bWrongSource", wrong);

        assertThat(measured.source()).isEqualTo(shown);
    }

    @Test
    void shouldShowAFigureWithItsRange() {
        Measurement measured = measurement(
                """
                {"accepted": true, "kept": 7, "rounds": 9, "cpuRatio": {"median": 1.014, "min": 0.976, "max": 1.08}}""");

        assertThat(measured.ratio("cpuRatio")).isEqualTo("1.01 (0.98-1.08)");
        assertThat(measured.bar("cpuRatio").value()).isEqualTo(1.014);
        assertThat(measured.kept()).isEqualTo("7/9");
    }

    @Test
    void shouldShowNoFigureOfTooFewBrackets() {
        Measurement measured = measurement(
                """
                {"accepted": false, "kept": 2, "rounds": 9, "cpuRatio": {"median": 1.0, "min": 1.0, "max": 1.0}}""");

        assertThat(measured.ratio("cpuRatio")).isEqualTo("-");
        assertThat(measured.bar("cpuRatio").value()).isNaN();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0/0", "1, 0, 0.100/0", "0, 250, 0/20.016"})
    void shouldShowTheLossOfReferenceAndServer(long aLost, long bLost, String shown) {
        Measurement measured = measurement("{}");
        measured.result().put("aPackets", 1000 - aLost).put("aLost", aLost);
        measured.result().put("bPackets", 999).put("bLost", bLost);

        assertThat(measured.lost()).isEqualTo(shown);
    }

    private static Measurement measurement(String result) {
        try {
            ObjectNode node = (ObjectNode) new ObjectMapper().readTree(result);
            return new Measurement("a server", "C batch", Workload.SMALL, node, Double.NaN);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
