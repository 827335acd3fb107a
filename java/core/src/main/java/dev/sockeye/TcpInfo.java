package dev.sockeye;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import jnr.constants.platform.TCP;

/**
 * What the kernel knows of a TCP connection at one moment. (tcp(7) TCP_INFO, since Linux 2.4; the fields are those of
 * struct tcp_info whose names are given)
 *
 * @param state where the connection is in its life (tcpi_state)
 * @param rtt smoothed round-trip time; zero when nothing was measured yet (tcpi_rtt; RFC 6298 SRTT)
 * @param rttVariance how far round-trip times are from that (tcpi_rttvar; RFC 6298 RTTVAR)
 * @param retransmissionTimeout how long the kernel waits for an acknowledgement before it sends again (tcpi_rto)
 * @param retransmits how often in a row the retransmission timer expired without an acknowledgement; 0 when data flows
 *     (tcpi_retransmits)
 * @param totalRetransmits segments that were sent again, over the whole life of the connection (tcpi_total_retrans)
 * @param unacked segments that were sent and are not acknowledged yet (tcpi_unacked)
 * @param lost those of them that the kernel takes for lost (tcpi_lost)
 * @param congestionWindow segments that may be on their way at a time (tcpi_snd_cwnd)
 * @param sendMss bytes of data that a sent segment holds at most (tcpi_snd_mss)
 * @param pathMtu bytes that a packet to the peer may have, its IP header too (tcpi_pmtu)
 */
public record TcpInfo(
        State state,
        Duration rtt,
        Duration rttVariance,
        Duration retransmissionTimeout,
        int retransmits,
        long totalRetransmits,
        long unacked,
        long lost,
        long congestionWindow,
        long sendMss,
        long pathMtu) {

    /** The states of RFC 9293 section 3.3.2, by the kernel's names. */
    public enum State {
        /** Data flows. */
        ESTABLISHED,
        /** A connect waits for the peer's answer. */
        SYN_SENT,
        /** Both ends connect at once, and the acknowledgement is on its way. */
        SYN_RECV,
        /** This end has ended its output, which the peer has not acknowledged yet. */
        FIN_WAIT1,
        /** This end has ended its output, and the peer not yet. */
        FIN_WAIT2,
        /** Both ends have ended; late segments are waited for. */
        TIME_WAIT,
        /** No connection: none yet, reset, timed out, or ended by both sides. */
        CLOSE,
        /** The peer has ended its output, and this end not yet. */
        CLOSE_WAIT,
        /** Both ends have ended, the peer first, and the last acknowledgement is waited for. */
        LAST_ACK,
        /** Not of a connection: a listener. */
        LISTEN,
        /** Both ends have ended at the same time, and the last acknowledgement is waited for. */
        CLOSING,
        /** One that this library does not know. */
        OTHER;

        /** The kernel's; none for {@link #OTHER}. */
        private final int number = ordinal() == 11 ? -1 : Native.constant("TCP_" + name());

        private static State of(int number) {
            return Arrays.stream(values())
                    .filter(state -> state.number == number)
                    .findFirst()
                    .orElse(OTHER);
        }
    }

    static final int TCP_INFO = TCP.TCP_INFO.intValue();
    /** As long as a value of this option may be in some years. */
    static final int MAX_BYTES = 1024;

    private static final int BYTES = Native.constant("tcp_info.bytes");
    private static final int STATE = Native.constant("tcp_info.tcpi_state");
    private static final int RETRANSMITS = Native.constant("tcp_info.tcpi_retransmits");
    private static final int RTO = Native.constant("tcp_info.tcpi_rto");
    private static final int SND_MSS = Native.constant("tcp_info.tcpi_snd_mss");
    private static final int UNACKED = Native.constant("tcp_info.tcpi_unacked");
    private static final int SACKED = Native.constant("tcp_info.tcpi_sacked");
    private static final int LOST = Native.constant("tcp_info.tcpi_lost");
    private static final int PMTU = Native.constant("tcp_info.tcpi_pmtu");
    private static final int RTT = Native.constant("tcp_info.tcpi_rtt");
    private static final int RTTVAR = Native.constant("tcp_info.tcpi_rttvar");
    private static final int SND_CWND = Native.constant("tcp_info.tcpi_snd_cwnd");
    private static final int TOTAL_RETRANS = Native.constant("tcp_info.tcpi_total_retrans");

    /** Reads a struct tcp_info as getsockopt gave it. */
    static TcpInfo of(byte[] bytes) {
        if (bytes.length < BYTES) {
            throw new UnsupportedOperationException(
                    "TCP_INFO: this kernel gives " + bytes.length + " bytes, at least " + BYTES + " are needed");
        }
        ByteBuffer info = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return new TcpInfo(
                State.of(Byte.toUnsignedInt(info.get(STATE))),
                micros(info, RTT),
                micros(info, RTTVAR),
                micros(info, RTO),
                Byte.toUnsignedInt(info.get(RETRANSMITS)),
                number(info, TOTAL_RETRANS),
                number(info, UNACKED),
                number(info, LOST),
                number(info, SND_CWND),
                number(info, SND_MSS),
                number(info, PMTU));
    }

    /** Of a listener, for which the kernel keeps it in a field that means something else in connections. (tcp_get_info()) */
    static int backlog(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(SACKED);
    }

    private static long number(ByteBuffer info, int offset) {
        return Integer.toUnsignedLong(info.getInt(offset));
    }

    private static Duration micros(ByteBuffer info, int offset) {
        return Duration.ofNanos(1000 * number(info, offset));
    }
}
