package dev.sockeye;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Which socket of a group has which index in the kernel, and which of them get nothing more. One that is removed leaves its
 * index to the last one, as in the kernel. Not safe for threads.
 *
 * @param <S> the kind of socket
 */
final class GroupSlots<S> {
    /** Null for a socket of another owner, which are known only once this group leaves. */
    private final List<S> slots = new ArrayList<>();

    private final Set<S> drained = new HashSet<>();
    /** How many slots there were when the group began to leave; 0 before. Which of its members has which is not known then. */
    private int leaving;

    int size() {
        return slots.size();
    }

    boolean contains(S member) {
        return slots.contains(member);
    }

    /** {@return the group's own, by their index} */
    List<S> own() {
        return slots.stream().filter(Objects::nonNull).toList();
    }

    void add(S member) {
        slots.add(member);
    }

    /** The last one takes its place. Nothing happens when it is none of them. */
    void remove(S member) {
        int index = slots.indexOf(member);
        if (index < 0) {
            return;
        }
        S last = slots.remove(slots.size() - 1);
        if (last != member) {
            slots.set(index, last);
        }
        drained.remove(member);
    }

    // ---- who gets nothing more

    boolean isDrained(S member) {
        return drained.contains(member);
    }

    void drain(S member) {
        drained.add(member);
    }

    void undrain(S member) {
        drained.remove(member);
    }

    /** {@return how many still get something} */
    int serving() {
        return slots.size() - drained.size();
    }

    boolean isLeaving() {
        return leaving > 0;
    }

    /** All drain, since so many of other owners have joined behind them. */
    void leaveTo(int others) {
        leaving = slots.size();
        slots.addAll(Collections.nCopies(others, null));
    }

    void stay() {
        slots.removeIf(Objects::isNull);
        leaving = 0;
    }

    /** {@return the indexes that get nothing; none when there would be nobody left} */
    BitSet away() {
        BitSet away = new BitSet();
        away.set(0, leaving);
        drained.forEach(member -> away.set(slots.indexOf(member)));
        return orNone(away);
    }

    /**
     * While the group leaves: the last one, too, which will take the place of a member that is closed, where nothing goes
     * any more. When it is the only one left it stays: what finds nobody at its index goes by the kernel's hash then.
     */
    BitSet awayBeforeAClose() {
        BitSet away = away();
        away.set(slots.size() - 1);
        return away.cardinality() < slots.size() ? away : away();
    }

    private BitSet orNone(BitSet away) {
        if (away.cardinality() >= slots.size()) {
            away.clear();
        }
        return away;
    }
}
