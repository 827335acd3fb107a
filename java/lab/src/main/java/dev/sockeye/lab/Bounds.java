package dev.sockeye.lab;

/** Checks of numbers that go into the fields of a packet. */
final class Bounds {

    private Bounds() {}

    static int octet(String what, int value) {
        return between(what, value, 0, 255);
    }

    static int between(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + most + ", not " + value);
        }
        return value;
    }
}
