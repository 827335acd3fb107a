package dev.sockeye.lab;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts the packets of a host that a rule of its firewall matches. */
final class PacketCounter {

    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

    private final Host host;
    private final String table;

    private PacketCounter(Host host, String table) {
        this.host = host;
        this.table = table;
    }

    /**
     * @param hook `input` for what the host itself gets, `forward` for what it routes
     * @param match what to count, as nft has it
     */
    static PacketCounter of(Host host, String name, String hook, String match) {
        host.nft("table inet " + name + " { counter seen { }; chain hits { type filter hook " + hook
                + " priority filter; " + match + " counter name seen; }; }");
        return new PacketCounter(host, name);
    }

    int packets() {
        Matcher matcher = PACKETS.matcher(host.exec("nft", "list", "counter", "inet", table, "seen"));
        if (!matcher.find()) {
            throw new AssertionError("no counter " + table);
        }
        return Integer.parseInt(matcher.group(1));
    }
}
