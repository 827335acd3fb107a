package dev.sockeye.tools;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Java writes 2001:db8:0:0:0:0:0:1; RFC 5952 section 4.2 wants 2001:db8::1. */
final class Ipv6Text {
    private static final Pattern ZEROS = Pattern.compile("(?<![0-9a-f])0(?::0)+(?![0-9a-f])");

    private Ipv6Text() {}

    /** Puts :: for the first of the longest runs of two or more zero groups. Leaves IPv4 addresses alone. */
    static String shorten(String address) {
        int scope = address.indexOf('%');
        String groups = scope < 0 ? address : address.substring(0, scope);
        if (groups.indexOf(':') < 0) {
            return address;
        }
        Matcher matcher = ZEROS.matcher(groups);
        int start = -1;
        int end = -1;
        while (matcher.find()) {
            if (matcher.end() - matcher.start() > end - start) {
                start = matcher.start();
                end = matcher.end();
            }
        }
        if (start < 0) {
            return address;
        }
        String before = groups.substring(0, start);
        String after = groups.substring(end);
        String head = before.isEmpty() ? ":" : before;
        String tail = after.isEmpty() ? ":" : after;
        return head + tail + (scope < 0 ? "" : address.substring(scope));
    }
}
