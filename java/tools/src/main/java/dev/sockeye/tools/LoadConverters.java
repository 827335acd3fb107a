package dev.sockeye.tools;

import dev.sockeye.report.Report;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What load's own options mean. */
final class LoadConverters {
    private LoadConverters() {}

    /** As many as a run can tell apart. */
    static final class Window implements ITypeConverter<Integer> {
        static final int MOST = 1 << 20;

        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, MOST, "a number of datagrams");
        }
    }

    static final class Rate implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, 100_000_000, "a rate in datagrams a second");
        }
    }

    static final class Flows implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, 10_000, "a number of flows");
        }
    }

    static final class Threads implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, 256, "a number of threads");
        }
    }

    static final class Burst implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.number(text, 1, 1024, "a number of datagrams at once");
        }
    }

    /** A file that can be written: better told before the run than after it. */
    static final class ReportFile implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            try {
                Path file = Path.of(text);
                if (file.getFileName() == null || text.isBlank()) {
                    throw new TypeConversionException("'" + text + "' is no file");
                }
                Report.checkWritable(file);
                return file;
            } catch (InvalidPathException | IOException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** A time, or none. */
    static final class Warmup implements ITypeConverter<Duration> {
        private static final Pattern NONE = Pattern.compile("0+(?:\\.0+)?(us|ms|s|m|h|)");

        @Override
        public Duration convert(String text) {
            return NONE.matcher(text).matches() ? Duration.ZERO : new Converters.Time().convert(text);
        }
    }

    /**
     * A host and its port.
     *
     * @param port null where none was given
     */
    record Destination(Host host, Integer port) {
        /** HOST, HOST:PORT, an IPv6 address, or one in brackets with a port behind. */
        static final class Converter implements ITypeConverter<Destination> {
            private static final Pattern WITH_PORT = Pattern.compile("(\\[[^\\]]*]|[^:]*):([^:]*)");

            @Override
            public Destination convert(String text) {
                Matcher matcher = WITH_PORT.matcher(text);
                if (!matcher.matches()) {
                    return new Destination(new Host.Converter().convert(text), null);
                }
                int port = Converters.number(matcher.group(2), 1, 65535, "a port");
                return new Destination(new Host.Converter().convert(matcher.group(1)), port);
            }
        }
    }
}
