package dev.sockeye;

/**
 * Where things are in a batch's memory, as the native layer tells it. {@code native/include/sockeye.h} draws it; no
 * number of it is written in Java.
 */
final class Layout {
    static final int PACKETS = Native.constant("packets.offset");
    static final int PACKET_BYTES = Native.constant("packet.bytes");
    static final int STATE = Native.constant("packet.state");
    static final int FLAGS = Native.constant("packet.flags");
    static final int LENGTH = Native.constant("packet.length");
    static final int DATAGRAM_LENGTH = Native.constant("packet.datagram_length");
    static final int REMOTE = Native.constant("packet.remote");
    static final int LOCAL = Native.constant("packet.local");
    static final int DESTINATION = Native.constant("packet.destination");
    static final int INTERFACE_INDEX = Native.constant("packet.interface_index");
    static final int ERROR = Native.constant("packet.error");
    static final int TIMESTAMP_NANOS = Native.constant("packet.timestamp_nanos");
    static final int DROPS = Native.constant("packet.drops");
    static final int SEGMENT_SIZE = Native.constant("packet.segment_size");
    static final int TTL_FIELD = Native.constant("packet.ttl");
    static final int DSCP = Native.constant("packet.dscp");
    static final int ECN = Native.constant("packet.ecn");

    static final int ORIGIN = Native.constant("packet.origin");
    static final int TYPE = Native.constant("packet.type");
    static final int CODE = Native.constant("packet.code");
    static final int INFO = Native.constant("packet.info");
    static final int DATA = Native.constant("packet.data");
    static final int OFFENDER = Native.constant("packet.offender");
    static final int OFFENDER_SCOPE_ID = Native.constant("packet.offender_scope_id");

    static final int ADDRESS_BYTES = Native.constant("address.bytes");
    static final int ADDRESS_SCOPE_ID = Native.constant("address.scope_id");
    static final int ADDRESS_PORT = Native.constant("address.port");

    static final int BATCH_SIZE = Native.constant("batch.size");
    static final int BATCH_REFUSED = Native.constant("batch.refused");
    static final int BATCH_PENDING_ERROR = Native.constant("batch.pending_error");
    static final int BATCH_ERRORS = Native.constant("batch.errors");
    static final int BATCH_PAYLOADS_OFFSET = Native.constant("batch.payloads_offset");
    static final int BATCH_PAYLOAD_STRIDE = Native.constant("batch.payload_stride");
    static final int MAX_SLOTS = Native.constant("SOCKEYE_MAX_SLOTS");
    static final int MAX_PAYLOAD_BYTES = Native.constant("SOCKEYE_MAX_PAYLOAD_BYTES");

    static final int EMPTY = Native.constant("SOCKEYE_EMPTY");
    static final int RECEIVED = Native.constant("SOCKEYE_RECEIVED");
    static final int OUTGOING = Native.constant("SOCKEYE_OUTGOING");
    static final int REFUSED = Native.constant("SOCKEYE_REFUSED");

    static final int HAS_REMOTE = Native.constant("SOCKEYE_REMOTE");
    static final int HAS_LOCAL = Native.constant("SOCKEYE_LOCAL");
    static final int HAS_INTERFACE = Native.constant("SOCKEYE_INTERFACE");
    static final int HAS_DESTINATION = Native.constant("SOCKEYE_DESTINATION");
    static final int HAS_TTL = Native.constant("SOCKEYE_TTL");
    static final int HAS_TRAFFIC_CLASS = Native.constant("SOCKEYE_TRAFFIC_CLASS");
    static final int HAS_TIMESTAMP = Native.constant("SOCKEYE_TIMESTAMP");
    static final int HAS_DROPS = Native.constant("SOCKEYE_DROPS");
    static final int HAS_SEGMENT = Native.constant("SOCKEYE_SEGMENT");
    static final int TRUNCATED = Native.constant("SOCKEYE_TRUNCATED");
    static final int CONTROL_CUT = Native.constant("SOCKEYE_CONTROL_CUT");

    static final int EXTENDED = Native.constant("SOCKEYE_EXTENDED");
    static final int HAS_OFFENDER = Native.constant("SOCKEYE_OFFENDER");
    static final int EXTENSION_OFFSET = Native.constant("SOCKEYE_EXTENSION_OFFSET");
    static final int EXTENSION_INVALID = Native.constant("SOCKEYE_EXTENSION_INVALID");

    private Layout() {}
}
