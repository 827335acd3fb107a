package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sockeye.SocketError;
import java.io.IOException;

/**
 * A verdict and what it rests on.
 *
 * @param verdict the verdict
 * @param evidence what was seen, in words
 * @param error what the network said, or null
 * @param errno with what this host refused to send, or null
 * @param rttNanos from the datagram to the evidence, or -1 when nothing came back
 */
record ProbeFinding(Verdict verdict, String evidence, SocketError error, String errno, long rttNanos) {
    static ProbeFinding answer(String evidence, long rttNanos) {
        return new ProbeFinding(Verdict.OPEN, evidence, null, null, rttNanos);
    }

    static ProbeFinding ofNetwork(Verdict verdict, String evidence, SocketError error, long rttNanos) {
        return new ProbeFinding(verdict, evidence, error, null, rttNanos);
    }

    static ProbeFinding ofThisHost(Verdict verdict, String evidence, String errno) {
        return new ProbeFinding(verdict, evidence, null, errno, -1);
    }

    static ProbeFinding silence() {
        return new ProbeFinding(Verdict.NO_ANSWER, "nothing came back: open, or filtered", null, null, -1);
    }

    void writeError(JsonGenerator json) throws IOException {
        if (errno == null) {
            ErrorFields.write(json, error);
            return;
        }
        json.writeStringField("errno", errno);
        json.writeNullField("icmp");
        json.writeNullField("offender");
    }
}
