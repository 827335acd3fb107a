package dev.sockeye.lab;

import java.util.LinkedHashMap;
import java.util.Map;

/** The kernel's limits on the rate of ICMP messages of one host, as they were before the lab lifted them. */
final class IcmpLimits {

    private static final Map<String, String> LIFTED = lifted();

    private final Map<String, String> defaults;

    private IcmpLimits(Map<String, String> defaults) {
        this.defaults = defaults;
    }

    private static Map<String, String> lifted() {
        Map<String, String> values = new LinkedHashMap<>();
        // Not icmp_ratelimit=0, which would share a bucket with the route errors' own limit.
        values.put("net.ipv4.icmp_ratemask", "0");
        // Not every kernel has these in every namespace. The first two also limit ICMPv6.
        values.put("net.ipv4.icmp_msgs_per_sec", "1000000");
        values.put("net.ipv4.icmp_msgs_burst", "1000000");
        values.put("net.ipv6.icmp.ratelimit", "0");
        return values;
    }

    /** Takes the limits away and remembers them. */
    static IcmpLimits lift(Host host) {
        Map<String, String> defaults = new LinkedHashMap<>();
        LIFTED.forEach((key, value) -> {
            if (host.hasSysctl(key)) {
                defaults.put(key, host.sysctl(key));
                host.sysctl(key, value);
            }
        });
        return new IcmpLimits(defaults);
    }

    void restore(Host host) {
        defaults.forEach(host::sysctl);
    }
}
