package dev.sockeye.lab;

/** The checksum of IPv4, UDP and ICMP: the complement of the one's complement sum of all 16-bit words (RFC 1071). */
final class InternetChecksum {

    private InternetChecksum() {}

    /** Over a range of bytes, in which the field for the checksum is still 0. */
    static short of(byte[] bytes, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            int octet = bytes[i] & 0xff;
            sum += (i - from) % 2 == 0 ? octet << 8 : octet;
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (short) ~sum;
    }
}
