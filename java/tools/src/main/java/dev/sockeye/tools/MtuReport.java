package dev.sockeye.tools;

import dev.sockeye.tools.MtuAnswer.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Tells the sizes that were tried as they are, and what they come to. */
final class MtuReport {
    private final PrintWriter out;
    private final JsonLines json;
    private final InetSocketAddress remote;

    MtuReport(PrintWriter out, boolean json, InetSocketAddress remote) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.remote = remote;
    }

    void start() {
        if (json == null) {
            say("mtu udp " + Host.text(remote) + ", in bytes of IP packets");
        }
    }

    void step(int size, MtuAnswer answer) throws IOException {
        boolean tooBig = answer.outcome() == Outcome.TOO_BIG || answer.outcome() == Outcome.TOO_BIG_HERE;
        if (json == null) {
            boolean told = answer.outcome() == Outcome.TOO_BIG && answer.from() != null; // in words() of other errors
            String from = told ? " from " + Host.text(answer.from()) : "";
            String mtu = tooBig && answer.mtu() > 0 ? ", at most " + answer.mtu() : "";
            boolean plain = answer.outcome() == Outcome.ARRIVED || answer.outcome() == Outcome.SILENT;
            say(size + ": " + (plain ? arrival(answer) : answer.words() + mtu + from));
            return;
        }
        json.event("step", event -> {
            event.writeNumberField("size", size);
            event.writeStringField("outcome", answer.outcome().text);
            if (tooBig) {
                event.writeNumberField("mtu", answer.mtu());
            }
            event.writeStringField("from", answer.from() == null ? null : Host.text(answer.from()));
        });
    }

    private static String arrival(MtuAnswer answer) {
        return answer.outcome() == Outcome.ARRIVED ? "arrived (" + answer.words() + ")" : "no answer";
    }

    /**
     * The result.
     *
     * @param mtu 0 when nothing is known
     * @param reportedBy the router that said so, or null
     * @param reason how it was found, or why not
     */
    void finish(int mtu, InetAddress reportedBy, boolean confirmed, String reason, int forged) throws IOException {
        if (json == null) {
            String ignored = forged > 0
                    ? " (" + forged + (forged == 1 ? " error" : " errors") + " that quote none of the packets ignored)"
                    : "";
            String what = confirmed ? "path MTU " + mtu : mtu > 0 ? "path MTU at most " + mtu : "path MTU unknown";
            say(what + ": " + reason + ignored);
            return;
        }
        json.event("mtu", event -> {
            if (mtu > 0) {
                event.writeNumberField("mtu", mtu);
            } else {
                event.writeNullField("mtu");
            }
            event.writeStringField("reportedBy", reportedBy == null ? null : Host.text(reportedBy));
            event.writeBooleanField("confirmed", confirmed);
            event.writeStringField("reason", reason);
            event.writeNumberField("forged", forged);
        });
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
