package dev.sockeye.tools;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Sets of port numbers as people write them: {@code 53,8000-8010}. */
final class ProbePorts {
    private static final int LAST = 65535;

    private ProbePorts() {}

    /**
     * Reads a list.
     *
     * @return null when the text is none
     */
    static BitSet parse(String text) {
        BitSet ports = new BitSet();
        for (String item : text.split(",", -1)) {
            if (!item.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
                return null;
            }
            int dash = item.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? item : item.substring(0, dash));
            int last = Integer.parseInt(item.substring(dash + 1));
            if (first < 1 || last > LAST || first > last) {
                return null;
            }
            ports.set(first, last + 1);
        }
        return ports;
    }

    static String text(BitSet ports) {
        List<String> items = new ArrayList<>();
        for (int first = ports.nextSetBit(0); first >= 0; ) {
            int end = ports.nextClearBit(first);
            items.add(end - first == 1 ? String.valueOf(first) : first + "-" + (end - 1));
            first = ports.nextSetBit(end);
        }
        return String.join(",", items);
    }
}
