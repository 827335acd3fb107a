package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** What one socket's loop counts. One thread writes, any thread reads; received = sent + all dropped, at every end. */
final class EchoCounters implements EchoProtocol.Counts {
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong kernelDropped = new AtomicLong();
    private final AtomicLongArray dropped = new AtomicLongArray(DropReason.values().length);

    void received(int packets, long payloadBytes) {
        received.lazySet(received.getPlain() + packets);
        bytes.lazySet(bytes.getPlain() + payloadBytes);
    }

    /** How many of those received are questions for these counts. */
    void asked(int questions) {
        asked.lazySet(asked.getPlain() + questions);
    }

    void sent(int packets) {
        sent.lazySet(sent.getPlain() + packets);
    }

    void dropped(DropReason reason, int packets) {
        dropped.lazySet(reason.ordinal(), dropped.getPlain(reason.ordinal()) + packets);
    }

    /** What the kernel dropped before the server saw it, for want of room in the socket. */
    void kernelDropped(long packets) {
        kernelDropped.accumulateAndGet(packets, Math::max); // whoever asked first may write last
    }

    long received() {
        return received.get();
    }

    /** Adds another socket's counts. */
    void add(EchoCounters other) {
        received.addAndGet(other.received.get());
        bytes.addAndGet(other.bytes.get());
        sent.addAndGet(other.sent.get());
        asked.addAndGet(other.asked.get());
        kernelDropped.addAndGet(other.kernelDropped.get());
        for (int reason = 0; reason < dropped.length(); reason++) {
            dropped.addAndGet(reason, other.dropped.get(reason));
        }
    }

    /** As {@link EchoCounts#read} takes them, from `received` on. */
    void write(ByteBuffer target) {
        target.putLong(received.get()).putLong(sent.get()).putLong(asked.get()).putLong(kernelDropped.get());
        for (int reason = 0; reason < dropped.length(); reason++) {
            target.putLong(dropped.get(reason));
        }
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeNumberField("received", received.get());
        json.writeNumberField("sent", sent.get());
        json.writeNumberField("asked", asked.get());
        json.writeNumberField("bytes", bytes.get());
        json.writeObjectFieldStart("dropped");
        for (DropReason reason : DropReason.values()) {
            if (dropped.get(reason.ordinal()) > 0) {
                json.writeNumberField(reason.label, dropped.get(reason.ordinal()));
            }
        }
        json.writeEndObject();
        json.writeNumberField("kernelDropped", kernelDropped.get());
    }

    @Override
    public String toString() {
        StringJoiner reasons = new StringJoiner(", ", " (", ")").setEmptyValue("");
        long sum = 0;
        for (DropReason reason : DropReason.values()) {
            long count = dropped.get(reason.ordinal());
            sum += count;
            if (count > 0) {
                reasons.add(reason.label + " " + count);
            }
        }
        String questions = asked.get() == 0 ? "" : " (" + asked + " asked for these counts)";
        return "received " + received + questions + ", sent " + sent + ", dropped " + sum + reasons
                + ", kernel dropped " + kernelDropped + ", payload bytes received " + bytes;
    }
}
