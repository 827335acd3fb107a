package dev.sockeye.tools;

import dev.sockeye.tools.MtuAnswer.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.util.OptionalInt;

/** Asks a peer with packets of one size after the other until the largest that arrives is known. */
final class MtuFinder {
    private static final int SMALLEST_IPV4 = 68;
    private static final int SMALLEST_IPV6 = 1280;

    private final MtuProber prober;
    private final MtuReport report;
    private final InetAddress target;
    private final int smallest;
    private final MtuSearch search;
    /** Null as long as nothing is decided. */
    private String reason;

    private int mtu;
    private boolean confirmed;

    MtuFinder(MtuProber prober, MtuReport report, InetAddress target) {
        this.prober = prober;
        this.report = report;
        this.target = target;
        this.smallest = target.getAddress().length == 4 ? SMALLEST_IPV4 : SMALLEST_IPV6;
        this.search = new MtuSearch(smallest);
    }

    void run() throws IOException {
        try {
            find();
        } catch (HopRefusal e) {
            decide(0, false, e.getMessage());
        }
    }

    private void find() throws IOException {
        MtuAnswer first = ask(smallest);
        if (first.outcome() == Outcome.FAILED || first.outcome() == Outcome.TOO_BIG_HERE) {
            decide(0, false, first.words());
            return;
        }
        for (OptionalInt size; (size = search.next()).isPresent(); ) {
            learn(size.getAsInt(), ask(size.getAsInt()));
        }
        if (!search.isConfirmed()) {
            String why = Host.text(target) + " answers nothing, so this is only what "
                    + (search.reportedBy() == null ? "this host's link takes" : "ICMP says");
            decide(search.mtu(), false, why);
            return;
        }
        boolean bySilence = search.reason() == MtuSearch.Failure.SILENT;
        if (bySilence && ask(search.mtu()).outcome() != Outcome.ARRIVED) {
            decide(search.mtu(), false, Host.text(target) + " stopped answering");
            return;
        }
        decide(search.mtu(), true, reason());
    }

    private MtuAnswer ask(int size) throws IOException {
        MtuAnswer answer = prober.ask(size);
        report.step(size, answer);
        int arrived = prober.largestArrived(); // be it late
        if (arrived > 0) {
            search.arrived(arrived);
        }
        return answer;
    }

    private void learn(int size, MtuAnswer answer) {
        switch (answer.outcome()) {
            case TOO_BIG_HERE:
                search.tooBigHere(size, answer.mtu());
                break;
            case TOO_BIG:
                search.tooBig(size, answer.mtu(), answer.from());
                break;
            case SILENT:
            case FAILED:
                search.silent(size);
                break;
            default:
                break;
        }
    }

    private String reason() {
        if (search.reason() == MtuSearch.Failure.HERE) {
            return "the whole path takes what this host's own link takes";
        }
        if (search.reportedBy() != null) {
            return "reported by " + Host.text(search.reportedBy()) + ", and confirmed by what arrived";
        }
        return search.reason() == MtuSearch.Failure.SILENT
                ? "larger ones vanish, and nobody says so"
                : "larger ones are too big, and nobody says for what";
    }

    private void decide(int size, boolean isConfirmed, String why) {
        mtu = size;
        confirmed = isConfirmed;
        reason = why;
    }

    /** Tells the result, or the bounds when the search was ended before there was one. Returns the exit code. */
    int finish() throws IOException {
        if (reason == null) {
            String arrived =
                    search.isConfirmed() ? "packets of " + search.arrived() + " bytes arrive" : "nothing arrived";
            decide(search.bound(), false, "ended early, " + arrived);
        }
        report.finish(mtu, mtu == 0 ? null : search.reporter(mtu), confirmed, reason, prober.forged());
        return confirmed ? 0 : Main.NEGATIVE;
    }
}
