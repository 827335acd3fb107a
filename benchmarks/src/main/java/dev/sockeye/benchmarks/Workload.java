package dev.sockeye.benchmarks;

/** What the generator keeps a server busy with. */
enum Workload {
    SMALL("64 B, 256 outstanding", 64, 256),
    LARGE("1200 B, 256 outstanding", 1200, 256),
    ALONE("64 B, 1 outstanding", 64, 1);

    private final String label;
    private final int payloadBytes;
    private final int window;

    Workload(String label, int payloadBytes, int window) {
        this.label = label;
        this.payloadBytes = payloadBytes;
        this.window = window;
    }

    String label() {
        return label;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    int window() {
        return window;
    }
}
