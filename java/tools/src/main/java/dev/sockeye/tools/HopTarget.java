package dev.sockeye.tools;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The HOST of a command: the end of a path, one host's address. */
final class HopTarget {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "HOST",
            converter = Host.Converter.class,
            description = "A name or an address, [v6%%scope] allowed.")
    private Host host;

    /** @param family the family that was asked for, or null for any */
    InetSocketAddress at(int port, StandardProtocolFamily family) {
        return new InetSocketAddress(address(family), port);
    }

    /** @param family the family that was asked for, or null for any */
    InetAddress address(StandardProtocolFamily family) {
        return address(spec, host, family, "positional parameter 'HOST'");
    }

    /**
     * The address of a host that was given in another place.
     *
     * @param option what to call that place in an error
     */
    static InetAddress address(CommandSpec spec, Host host, StandardProtocolFamily family, String option) {
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
