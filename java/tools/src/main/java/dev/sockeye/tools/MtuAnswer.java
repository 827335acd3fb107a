package dev.sockeye.tools;

import java.net.InetAddress;

/**
 * What became of a packet of some size.
 *
 * @param mtu what would pass, by the word of who says that this is too big; 0 when that was not said
 * @param from who said something; null for this host, and for nobody
 * @param words what was said
 */
record MtuAnswer(Outcome outcome, long mtu, InetAddress from, String words) {
    static final MtuAnswer SILENT = new MtuAnswer(Outcome.SILENT, 0, null, "no answer");

    enum Outcome {
        ARRIVED("arrived"),
        TOO_BIG("too-big"),
        /** Longer than this host's own link takes; it did not leave. */
        TOO_BIG_HERE("too-big"),
        SILENT("silent"),
        /** An error that says something else than the size is wrong. */
        FAILED("failed");

        final String text;

        Outcome(String text) {
            this.text = text;
        }
    }

    static MtuAnswer arrived(HopAnswer answer) {
        return new MtuAnswer(Outcome.ARRIVED, 0, answer.address(), answer.words());
    }

    /** Whether ICMP says that it did not arrive. */
    boolean isIcmp() {
        return outcome == Outcome.TOO_BIG || outcome == Outcome.FAILED;
    }
}
