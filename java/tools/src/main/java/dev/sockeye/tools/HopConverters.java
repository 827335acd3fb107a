package dev.sockeye.tools;

import picocli.CommandLine.ITypeConverter;

/** Small counts of trace and mtu, each with an error that says what would be right. */
abstract class HopConverters implements ITypeConverter<Integer> {
    private final int maximum;
    private final String what;

    private HopConverters(int maximum, String what) {
        this.maximum = maximum;
        this.what = what;
    }

    @Override
    public Integer convert(String text) {
        return Converters.number(text, 1, maximum, what);
    }

    /** As far as a TTL can count. */
    static final class MaxHops extends HopConverters {
        MaxHops() {
            super(255, "a number of hops");
        }
    }

    /** More would only tire the routers, which limit what they say. */
    static final class Probes extends HopConverters {
        Probes() {
            super(10, "a number of probes");
        }
    }

    /** Each is a socket and a thread. */
    static final class Flows extends HopConverters {
        Flows() {
            super(64, "a number of flows");
        }
    }

    /** How often one size is tried. */
    static final class Attempts extends HopConverters {
        Attempts() {
            super(10, "a number of attempts");
        }
    }
}
