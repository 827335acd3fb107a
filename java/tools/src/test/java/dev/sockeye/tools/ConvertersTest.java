package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {
    private static final long DAY_NANOS = Duration.ofDays(1).toNanos();

    @ParameterizedTest
    @CsvSource({
        "1, 1000000000",
        "0.5, 500000000",
        "0.000000001, 1",
        "1us, 1000",
        "0.001us, 1",
        "10ms, 10000000",
        "2.5s, 2500000000",
        "90m, 5400000000000",
        "24h, 86400000000000",
        "86400, 86400000000000",
        "007, 7000000000"
    })
    void shouldReadATime(String text, long nanos) {
        assertThat(new Converters.Time().convert(text)).isEqualTo(Duration.ofNanos(nanos));
    }

    /** No number of hours is so large that it becomes a short time. */
    @Test
    void shouldRefuseEveryTimeOverADay() {
        Random random = new Random(1);
        Converters.Time time = new Converters.Time();
        for (int i = 0; i < 20_000; i++) {
            int hours = random.nextInt(1_000_000_000);
            BigInteger nanos = BigInteger.valueOf(hours).multiply(BigInteger.valueOf(3_600_000_000_000L));
            boolean right = hours > 0 && nanos.compareTo(BigInteger.valueOf(DAY_NANOS)) <= 0;
            if (!right) {
                assertThatThrownBy(() -> time.convert(hours + "h")).isInstanceOf(TypeConversionException.class);
            }
        }
        for (long turns = 1; turns < 100; turns++) { // just behind each multiple of 2^64 nanoseconds
            BigInteger wrapped = BigInteger.ONE.shiftLeft(64).multiply(BigInteger.valueOf(turns));
            String hours =
                    wrapped.divide(BigInteger.valueOf(3_600_000_000_000L)).add(BigInteger.ONE) + "h";
            assertThatThrownBy(() -> time.convert(hours)).isInstanceOf(TypeConversionException.class);
        }
    }

    @Test
    void shouldTakeExactlyTheNumbersOfTheRange() {
        assertThat(new Converters.LocalPort().convert("0")).isZero();
        assertThat(new Converters.LocalPort().convert("65535")).isEqualTo(65535);
        assertThat(new Converters.RemotePort().convert("1")).isEqualTo(1);
        assertThat(new Converters.Count().convert("2147483647")).isEqualTo(Integer.MAX_VALUE);
        assertThat(new Converters.PingSize().convert("65507")).isEqualTo(65507);
        assertThat(new Converters.PingCount().convert("1000000")).isEqualTo(1_000_000);
        assertThatThrownBy(() -> new Converters.RemotePort().convert("0")).hasMessage("'0' is not a port: 1 to 65535");
        assertThatThrownBy(() -> new Converters.Count().convert("2147483648"))
                .hasMessage("'2147483648' is not a count: 1 to 2147483647");
    }
}
