package dev.sockeye;

/**
 * What the kernel does with a datagram that is longer than a link on its way takes: the values of
 * {@link LinuxSocketOptions#IP_MTU_DISCOVER}. Over IPv6 routers never fragment.
 *
 * <p>ICMP messages about a path MTU can be forged. Under WANT, DO and PROBE they change the host's route cache for
 * everybody; servers use OMIT or INTERFACE.
 */
public enum PathMtuDiscovery {
    /** Fragments here, and lets IPv4 routers fragment. (IP_PMTUDISC_DONT) */
    DONT("IP_PMTUDISC_DONT"),

    /**
     * Fragments here to the path MTU that the kernel has learnt, and lets no router do so: the first datagram that is too
     * long is lost. The kernel's default. (IP_PMTUDISC_WANT)
     */
    WANT("IP_PMTUDISC_WANT"),

    /** Fragments never: sending more than the learnt path MTU is refused with EMSGSIZE. (IP_PMTUDISC_DO) */
    DO("IP_PMTUDISC_DO"),

    /**
     * Fragments never, and sends up to the interface's MTU whatever the kernel has learnt: for a program that looks for
     * the path MTU itself. (IP_PMTUDISC_PROBE, since Linux 2.6.22)
     */
    PROBE("IP_PMTUDISC_PROBE"),

    /**
     * Ignores what ICMP says, lets IPv4 routers fragment, and refuses more than the interface's MTU with EMSGSIZE.
     * (IP_PMTUDISC_INTERFACE, since Linux 3.13; for IPv6 3.14)
     */
    INTERFACE("IP_PMTUDISC_INTERFACE"),

    /** As INTERFACE, but fragments more than the interface's MTU here. (IP_PMTUDISC_OMIT, since Linux 3.15) */
    OMIT("IP_PMTUDISC_OMIT");

    final int number;

    PathMtuDiscovery(String constant) {
        this.number = Native.constant(constant);
    }

    static PathMtuDiscovery of(int number) {
        for (PathMtuDiscovery mode : values()) {
            if (mode.number == number) {
                return mode;
            }
        }
        throw new IllegalStateException("IP_MTU_DISCOVER is " + number + ", which this library does not know");
    }
}
