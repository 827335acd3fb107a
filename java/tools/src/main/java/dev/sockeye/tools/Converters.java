package dev.sockeye.tools;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Texts of the command line to values, each with an error that says what would be right. */
final class Converters {
    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

    private Converters() {}

    static int number(String text, int minimum, int maximum, String what) {
        if (DIGITS.matcher(text).matches()) {
            long value = Long.parseLong(text);
            if (value >= minimum && value <= maximum) {
                return (int) value;
            }
        }
        throw new TypeConversionException("'" + text + "' is not " + what + ": " + minimum + " to " + maximum);
    }

    /** A port to bind: 0 lets the kernel pick one. */
    static final class LocalPort implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 0, 65535, "a port");
        }
    }

    /** A port to send to. */
    static final class RemotePort implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 1, 65535, "a port");
        }
    }

    /** How many of something. */
    static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 1, Integer.MAX_VALUE, "a count");
        }
    }

    /** How many pings; ping remembers which of them were answered. */
    static final class PingCount implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 1, 1_000_000, "a count");
        }
    }

    /** A payload that has room for ping's own header and fits into one UDP datagram over IPv4. */
    static final class PingSize implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, ProbePayload.HEADER_BYTES, 65507, "a payload size in bytes");
        }
    }

    /** A time: a number and a unit, or a number of seconds; more than 0 and at most a day. */
    static final class Time implements ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(us|ms|s|m|h|)");
        private static final BigDecimal DAY_NANOS =
                BigDecimal.valueOf(Duration.ofDays(1).toNanos());
        private static final Map<String, Long> NANOS = Map.of(
                "us",
                1_000L,
                "ms",
                1_000_000L,
                "s",
                1_000_000_000L,
                "",
                1_000_000_000L,
                "m",
                60_000_000_000L,
                "h",
                3_600_000_000_000L);

        @Override
        public Duration convert(String text) {
            Matcher matcher = FORM.matcher(text);
            if (matcher.matches()) {
                BigDecimal nanos =
                        new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(NANOS.get(matcher.group(2))));
                if (nanos.compareTo(BigDecimal.ONE) >= 0 && nanos.compareTo(DAY_NANOS) <= 0) {
                    return Duration.ofNanos(nanos.longValue());
                }
            }
            throw new TypeConversionException("'" + text
                    + "' is not a time: a number with us, ms, s, m or h, or of seconds, over 0 and up to 24h");
        }
    }
}
