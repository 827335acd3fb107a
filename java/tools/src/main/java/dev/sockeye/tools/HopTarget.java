package dev.sockeye.tools;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The end of a path: one host's address and a port. */
final class HopTarget {
    private HopTarget() {}

    static InetSocketAddress of(CommandSpec spec, Host host, int port, StandardProtocolFamily family) {
        return of(spec, host, port, family, "positional parameter 'HOST'");
    }

    /** @param option what to call the option in an error */
    static InetSocketAddress of(CommandSpec spec, Host host, int port, StandardProtocolFamily family, String option) {
        return new InetSocketAddress(address(spec, host, family, option), port);
    }

    /**
     * The address of the HOST that was given.
     *
     * @param family the family that was asked for, or null for any
     */
    static InetAddress address(CommandSpec spec, Host host, StandardProtocolFamily family) {
        return address(spec, host, family, "positional parameter 'HOST'");
    }

    private static InetAddress address(CommandSpec spec, Host host, StandardProtocolFamily family, String option) {
        InetAddress address;
        try {
            address = host.address(family, option);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        boolean broadcast = address.getHostAddress().equals("255.255.255.255");
        if (address.isMulticastAddress() || address.isAnyLocalAddress() || broadcast) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for " + option + ": '" + host.text() + "' is not one host's address");
        }
        return address;
    }
}
