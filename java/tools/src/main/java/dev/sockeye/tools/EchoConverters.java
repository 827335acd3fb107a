package dev.sockeye.tools;

import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
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

    /** Where a Unix socket is or can be made. */
    static final class SocketPath implements ITypeConverter<Path> {
        /** struct sockaddr_un has room for 108 with the byte that ends it. (unix(7)) */
        private static final int MOST_BYTES = 107;

        private static final int FILE_TYPE = 0170000;
        private static final int SOCKET = 0140000;

        @Override
        public Path convert(String text) {
            String wrong = text.isBlank() ? "no path" : wrong(text);
            if (wrong != null) {
                throw new TypeConversionException(
                        "'" + text + "' is " + wrong + ": give where a socket can be made, as /run/echo/takeover");
            }
            return Path.of(text);
        }

        private static String wrong(String text) {
            try {
                Path path = Path.of(text);
                if (text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
                    return "longer than the " + MOST_BYTES + " bytes of a Unix socket's path";
                }
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                    return (mode & FILE_TYPE) == SOCKET ? null : "no socket, and is left alone";
                }
                return Files.isDirectory(path.toAbsolutePath().getParent()) ? null : "in no directory";
            } catch (InvalidPathException e) {
                return "no path";
            } catch (IOException e) { // gone meanwhile, or not to be seen by this user: whoever uses it tells
                return null;
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
