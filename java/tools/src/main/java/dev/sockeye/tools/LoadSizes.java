package dev.sockeye.tools;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How long each datagram's payload is: a function of its number, so that an answer of another length shows. */
final class LoadSizes {
    /**
     * The classic Internet mix of 7 : 4 : 1, as payloads: IP packets of 52 (the least that carries a header of load's),
     * 576 and 1500 bytes.
     */
    private static final int[] IMIX = {24, 548, 24, 24, 548, 24, 1472, 24, 548, 24, 548, 24};

    private static final Pattern RANGE = Pattern.compile("([^-]+)-([^-]+)");

    /** Multiplying by this and taking the upper bits spreads neighbouring numbers evenly (Knuth, 6.4). */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final String text;
    /** In turn; for a range the least and the largest. */
    private final int[] sizes;

    private final boolean isRange;

    private LoadSizes(String text, boolean isRange, int... sizes) {
        this.text = text;
        this.sizes = sizes;
        this.isRange = isRange;
    }

    /** One size, several that take turns, a range of equally likely ones, or imix. */
    static final class Converter implements ITypeConverter<LoadSizes> {
        private static final int MOST = 64;

        @Override
        public LoadSizes convert(String text) {
            if (text.equals("imix")) {
                return new LoadSizes(text, false, IMIX);
            }
            Matcher range = RANGE.matcher(text);
            if (range.matches()) {
                int least = size(range.group(1));
                int largest = size(range.group(2));
                if (least > largest) {
                    throw new TypeConversionException("'" + text + "' is no range: the smaller size comes first");
                }
                return new LoadSizes(text, true, least, largest);
            }
            List<String> parts = List.of(text.split(",", -1));
            if (parts.size() > MOST) {
                throw new TypeConversionException("more than " + MOST + " sizes");
            }
            return new LoadSizes(
                    text, false, parts.stream().mapToInt(Converter::size).toArray());
        }

        private static int size(String text) {
            return Converters.number(
                    text,
                    LoadPayload.HEADER_BYTES,
                    65507,
                    "a payload size in bytes, several with commas between, a range like 64-1400, or imix");
        }
    }

    int of(long sequence) {
        if (!isRange) {
            return sizes.length == 1 ? sizes[0] : sizes[(int) (sequence % sizes.length)];
        }
        long spread = sequence * GOLDEN >>> 33; // 31 bits
        return sizes[0] + (int) (spread * (sizes[1] - sizes[0] + 1) >>> 31);
    }

    int largest() {
        return Arrays.stream(sizes).max().orElseThrow();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
