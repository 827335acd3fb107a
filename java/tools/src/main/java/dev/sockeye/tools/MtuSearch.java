package dev.sockeye.tools;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which sizes to try to find the largest packet that arrives. What ICMP says is only where to look next: a size counts
 * when it arrived and the next larger one did not.
 */
final class MtuSearch {
    static final int LARGEST = 65535;

    /** The MTUs of links and tunnels that there are, so that a path which says nothing is found out in few steps. */
    private static final int[] USUAL = {
        576, 1280, 1300, 1350, 1380, 1400, 1420, 1440, 1450, 1460, 1472, 1480, 1492, 1500, 4352, 8192, 8500, 8900, 9000,
        9216
    };

    /** A path has few links of different MTUs; who tells of more of them only wastes time. */
    private static final int MOST_REPORTS = 8;

    private final int smallest;
    private final TreeSet<Integer> arrived = new TreeSet<>();
    private final TreeMap<Integer, Failure> failed = new TreeMap<>();
    /** Who said that packets of so many bytes pass. */
    private final Map<Integer, InetAddress> reports = new HashMap<>();

    private int hint;

    /** Why a size is too large. */
    enum Failure {
        /** This host says so of its own link, and knows. */
        HERE,
        /** ICMP says so. */
        TOLD,
        SILENT
    }

    /** @param smallest what every link takes: 68 in IPv4 (RFC 791), 1280 in IPv6 (RFC 8200) */
    MtuSearch(int smallest) {
        this.smallest = smallest;
    }

    void arrived(int size) {
        arrived.add(size);
    }

    void silent(int size) {
        failed.putIfAbsent(size, Failure.SILENT);
    }

    /** This host's own link takes packets of so many bytes and no more; 0 when that is not known. */
    void tooBigHere(int size, long mtu) {
        failed.put(size, Failure.HERE);
        if (mtu >= smallest && mtu < size) {
            failed.put((int) mtu + 1, Failure.HERE);
            hint = (int) mtu;
        }
    }

    /**
     * Somebody says that a size is too big.
     *
     * @param mtu what would pass; any number, since it may be forged, and 0 of routers older than RFC 1191
     */
    void tooBig(int size, long mtu, InetAddress from) {
        failed.putIfAbsent(size, Failure.TOLD);
        if (mtu > 0 && mtu < size && reports.size() < MOST_REPORTS) {
            hint = (int) Math.max(mtu, smallest);
            reports.putIfAbsent(hint, from);
        }
    }

    /** {@return the next size to try; nothing when the search is over} */
    OptionalInt next() {
        int low = low();
        int high = high();
        if (low + 1 >= high) {
            return OptionalInt.empty();
        }
        if (hint > low && hint < high) {
            return OptionalInt.of(hint);
        }
        if (arrived.isEmpty()) { // of a peer that answers nothing only what ICMP says can be known
            return failed.isEmpty() ? OptionalInt.of(LARGEST) : OptionalInt.empty();
        }
        if (failed.isEmpty()) {
            return OptionalInt.of(LARGEST);
        }
        if (hint == low) {
            return OptionalInt.of(low + 1);
        }
        int[] usual =
                Arrays.stream(USUAL).filter(size -> size > low && size < high).toArray();
        if (usual.length > 0) {
            return OptionalInt.of(usual[usual.length / 2]);
        }
        boolean isUsual = Arrays.stream(USUAL).anyMatch(size -> size == low);
        return OptionalInt.of(isUsual ? low + 1 : low + (high - low) / 2);
    }

    private int low() {
        return arrived.isEmpty() ? smallest - 1 : arrived.last();
    }

    /** The smallest size above the largest that arrived which is known to be too large. */
    private int high() {
        Integer above = failed.higherKey(low());
        return above == null ? LARGEST + 1 : above;
    }

    /** {@return whether any size arrived} */
    boolean isConfirmed() {
        return !arrived.isEmpty();
    }

    /** {@return the largest size that arrived; without one, the largest that nobody says is too big} */
    int mtu() {
        if (isConfirmed()) {
            return low();
        }
        return reason() == Failure.SILENT ? high() : high() - 1;
    }

    /** {@return the largest size that arrived} */
    int arrived() {
        return low();
    }

    /** {@return the largest size that may still be found to arrive, or 0 when that can be any} */
    int bound() {
        return high() > LARGEST ? 0 : high() - 1;
    }

    /** {@return who said that this is the MTU, or null} */
    InetAddress reportedBy() {
        return reporter(mtu());
    }

    /** {@return who said that packets of so many bytes pass, or null} */
    InetAddress reporter(int size) {
        return reports.get(size);
    }

    /** {@return why the next larger size is too large} */
    Failure reason() {
        return high() > LARGEST ? Failure.HERE : failed.get(high());
    }
}
