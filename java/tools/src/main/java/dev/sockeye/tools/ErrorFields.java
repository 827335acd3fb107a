package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sockeye.SocketError;
import java.io.IOException;
import java.net.InetAddress;

/** How the commands tell an error of the network, in JSON and in words. */
final class ErrorFields {
    private ErrorFields() {}

    /** {@code "errno":"ECONNREFUSED","icmp":{"type":3,"code":3},"offender":"192.0.2.9"}, null where there is none. */
    static void write(JsonGenerator json, SocketError error) throws IOException {
        json.writeStringField("errno", error == null ? null : error.errnoName());
        if (error == null || !error.isIcmp()) {
            json.writeNullField("icmp");
        } else {
            json.writeObjectFieldStart("icmp");
            json.writeNumberField("type", error.type());
            json.writeNumberField("code", error.code());
            json.writeEndObject();
        }
        boolean hasOffender = error != null && error.offender() != null;
        json.writeStringField("offender", hasOffender ? Host.text(error.offender()) : null);
    }

    /** What happened and who says so, such as {@code port unreachable from 192.0.2.9 itself}. */
    static String text(SocketError error, InetAddress target) {
        if (error.offender() == null) {
            return error.description();
        }
        String itself = error.offender().equals(target) ? " itself" : "";
        return error.description() + " from " + Host.text(error.offender()) + itself;
    }
}
