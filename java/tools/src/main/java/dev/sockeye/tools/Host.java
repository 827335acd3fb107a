package dev.sockeye.tools;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A host as it was written, and the addresses it has.
 *
 * @param text what the user wrote
 * @param addresses at least one, in the resolver's order
 */
record Host(String text, InetAddress... addresses) {
    /** What stands before the address in {@code /192.0.2.1:7} and {@code ::/[0:0:0:0:0:0:0:0]:7}. */
    private static final Pattern SLASH =
            Pattern.compile("[^\\s(,/\\[]*/(?=(\\d+(\\.\\d+){3}|\\[[0-9a-f:]+(%\\w+)?]):\\d)");

    /** A name, an IPv4 address, or an IPv6 one, in brackets or not, with %scope or not. */
    static final class Converter implements ITypeConverter<Host> {
        private static final String RIGHT =
                "give a name that resolves here, or an address like 192.0.2.1, 2001:db8::1 or [fe80::1%eth0]";

        @Override
        public Host convert(String text) {
            if (text.isBlank()) {
                throw new TypeConversionException("'" + text + "' is no host: " + RIGHT);
            }
            try {
                return new Host(text, InetAddress.getAllByName(text));
            } catch (UnknownHostException | SecurityException e) {
                throw new TypeConversionException("'" + text + "' is an unknown host: " + RIGHT);
            }
        }
    }

    /**
     * The first address of a family.
     *
     * @param family the family, or null for any
     * @param option what to call the option in an error
     */
    InetAddress address(StandardProtocolFamily family, String option) {
        InetAddress first = Arrays.stream(addresses)
                .filter(address -> family == null || family == familyOf(address))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("Invalid value for " + option + ": '" + text
                        + "' has no " + (family == StandardProtocolFamily.INET ? "IPv4" : "IPv6") + " address"));
        if (first instanceof Inet6Address ipv6 && ipv6.isLinkLocalAddress() && ipv6.getScopeId() == 0) {
            throw new TypeConversionException("Invalid value for " + option + ": '" + text
                    + "' means nothing without its interface: give it as in [fe80::1%eth0]");
        }
        return first;
    }

    static StandardProtocolFamily familyOf(InetAddress address) {
        return address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    /** An address as people write it: no leading slash, :: where it may be, brackets where a port follows. */
    static String text(InetAddress address) {
        return Ipv6Text.shorten(address.getHostAddress());
    }

    /** A message of the JDK or of the library, where each endpoint is as InetSocketAddress.toString writes it. */
    static String withoutSlashes(String message) {
        return SLASH.matcher(message).replaceAll("");
    }

    static String text(InetSocketAddress endpoint) {
        String address = text(endpoint.getAddress());
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + endpoint.getPort();
    }
}
