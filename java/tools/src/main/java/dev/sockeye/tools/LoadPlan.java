package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * What a run is to do.
 *
 * @param tcp over connections, one for each flow
 * @param targets whom to ask
 * @param sizes of the payloads
 * @param flows source ports
 * @param threads which share the flows
 * @param window closed loop: datagrams outstanding on all flows together, a new one for each answer; else 0
 * @param rate open loop: datagrams a second on all flows together, whatever is answered; else 0
 * @param burst how many go out at once
 * @param duration how long to send
 * @param warmup how long to send before, without counting
 * @param timeout how long a place of the window waits for an answer, and the end of the run for the last ones
 */
record LoadPlan(
        boolean tcp,
        LoadTargets targets,
        LoadSizes sizes,
        int flows,
        int threads,
        int window,
        int rate,
        int burst,
        Duration duration,
        Duration warmup,
        Duration timeout) {
    /** Of all flows together: 8 bytes each, twice. */
    private static final long MOST_REMEMBERED = 1 << 22;

    boolean isOpenLoop() {
        return rate > 0;
    }

    void write(JsonGenerator event) throws IOException {
        event.writeObjectFieldStart("plan");
        event.writeArrayFieldStart("targets");
        for (InetSocketAddress target : targets.endpoints()) {
            event.writeString(Host.text(target));
        }
        event.writeEndArray();
        event.writeNumberField(isOpenLoop() ? "rate" : "window", isOpenLoop() ? rate : window);
        event.writeNumberField("flows", flows);
        event.writeNumberField("threads", threads);
        event.writeStringField("size", sizes.toString());
        event.writeNumberField("burst", burst);
        event.writeNumberField("durationSeconds", duration.toNanos() / 1e9);
        event.writeNumberField("warmupSeconds", warmup.toNanos() / 1e9);
        event.writeNumberField("timeoutSeconds", timeout.toNanos() / 1e9);
        event.writeEndObject();
    }

    /** How many of the window's places a flow has. */
    int share(int flow) {
        return window / flows + (flow < window % flows ? 1 : 0);
    }

    /** How many datagrams a flow remembers, to know which of them an answer is for: those of two timeouts, if it can. */
    long remembered() {
        if (!isOpenLoop()) {
            return Math.max(MOST_REMEMBERED / 4 / flows, 4L * share(0));
        }
        double sentInTime = 2.0 * rate * timeout.toNanos() / 1e9 / flows;
        return (long) Math.max(1024, Math.min(sentInTime, (double) MOST_REMEMBERED / flows));
    }
}
