package dev.sockeye.tools;

import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What echo's own options mean. */
final class EchoConverters {
    private EchoConverters() {}

    /** The policies' names on the command line. */
    static final class Policy implements ITypeConverter<SourcePolicy> {
        @Override
        public SourcePolicy convert(String text) {
            switch (text) {
                case "address":
                    return SourcePolicy.ADDRESS;
                case "address+interface":
                    return SourcePolicy.ADDRESS_AND_INTERFACE;
                case "interface":
                    return SourcePolicy.INTERFACE;
                case "kernel":
                    return SourcePolicy.KERNEL;
                default:
                    throw new TypeConversionException(
                            "'" + text + "' is no policy: address, address+interface, interface or kernel");
            }
        }
    }

    /** As many as a group holds. */
    static final class Sockets implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, 1024, "a number of sockets");
        }
    }

    /** How a group spreads what comes in. */
    static final class Steer implements ITypeConverter<Steering> {
        private static final Pattern BYTES = Pattern.compile("bytes:([0-9]{1,5}):([0-9])");

        @Override
        public Steering convert(String text) {
            switch (text) {
                case "hash":
                    return Steering.hash();
                case "flow":
                    return Steering.byFlow();
                case "cpu":
                    return Steering.byCpu();
                case "random":
                    return Steering.random();
                default:
                    return bytes(text);
            }
        }

        private static Steering bytes(String text) {
            Matcher matcher = BYTES.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'" + text + "' is no steering: hash, flow, cpu, random or bytes:OFFSET:LENGTH, as bytes:0:4");
            }
            try {
                return Steering.byBytes(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "': " + e.getMessage());
            }
        }
    }
}
