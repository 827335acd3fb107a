package dev.sockeye.tools;

import java.net.StandardProtocolFamily;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What every command that touches the network takes. */
final class CommonOptions {
    @ArgGroup
    private Family family;

    @Option(names = "--json", description = "Print one JSON object a line.")
    boolean json;

    /** At most one of the two. */
    private static final class Family {
        @Option(names = "-4", description = "Use IPv4 only.")
        boolean ipv4;

        @Option(names = "-6", description = "Use IPv6 only.")
        boolean ipv6;
    }

    /** {@return the family that was asked for, or null for both} */
    StandardProtocolFamily family() {
        if (family == null) {
            return null;
        }
        return family.ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }
}
