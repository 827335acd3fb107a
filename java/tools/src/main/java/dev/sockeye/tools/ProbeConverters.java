package dev.sockeye.tools;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HexFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Texts of probe's command line to values. */
final class ProbeConverters {
    private ProbeConverters() {}

    /** Ports to send to. */
    static final class Ports implements ITypeConverter<BitSet> {
        @Override
        public BitSet convert(String text) {
            BitSet ports = ProbePorts.parse(text);
            if (ports == null) {
                throw new TypeConversionException(
                        "'" + text + "' is no list of ports: give 53, 8000-8010 or 53,8000-8010, from 1 to 65535");
            }
            return ports;
        }
    }

    /** How often each port is asked. */
    static final class Attempts implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            if (!text.matches("[1-9]|[1-9][0-9]|100")) {
                throw new TypeConversionException("'" + text + "' is not a number of attempts: 1 to 100");
            }
            return Integer.valueOf(text);
        }
    }

    /** The user's own payload. */
    static final class Payload implements ITypeConverter<ProbeQuestion> {
        /** What fits into one UDP datagram over IPv4. */
        private static final int MOST_BYTES = 65507;

        private static final String HEX = "hex:";
        private static final String TEXT = "text:";

        @Override
        public ProbeQuestion convert(String text) {
            byte[] payload = bytes(text);
            if (payload.length > MOST_BYTES) {
                throw new TypeConversionException("a payload holds at most " + MOST_BYTES + " bytes");
            }
            return ProbeQuestion.of(payload);
        }

        private static byte[] bytes(String text) {
            if (text.startsWith(TEXT)) {
                return text.substring(TEXT.length()).getBytes(StandardCharsets.UTF_8);
            }
            if (text.startsWith("@")) {
                return file(text.substring(1));
            }
            try {
                if (text.startsWith(HEX)) {
                    return HexFormat.of().parseHex(text.substring(HEX.length()));
                }
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        "'" + text + "' is no payload: after hex: two hexadecimal digits for each byte");
            }
            throw new TypeConversionException(
                    "'" + text + "' is no payload: give hex:0a0b, text:hello or @FILE, whose content is sent");
        }

        private static byte[] file(String name) {
            try (InputStream file = Files.newInputStream(Path.of(name))) {
                return file.readNBytes(MOST_BYTES + 1);
            } catch (NoSuchFileException | InvalidPathException e) {
                throw new TypeConversionException("there is no file '" + name + "'");
            } catch (AccessDeniedException e) { // whose message is only the name
                throw new TypeConversionException("the file '" + name + "' cannot be read: permission denied");
            } catch (IOException e) {
                throw new TypeConversionException("the file '" + name + "' cannot be read: " + e.getMessage());
            }
        }
    }
}
