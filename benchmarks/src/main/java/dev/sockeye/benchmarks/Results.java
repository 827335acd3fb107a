package dev.sockeye.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** What a comparison has found. */
final class Results {
    /** Of servers beside C. */
    final List<Measurement> servers = new ArrayList<>();
    /** Of several sockets beside one. */
    final List<Measurement> sockets = new ArrayList<>();
    /** The rows of the two tables. */
    final List<List<String>> serverRows = new ArrayList<>();

    final List<List<String>> socketRows = new ArrayList<>();
    /** What this machine cannot run, and why. */
    final List<String> skipped = new ArrayList<>();

    List<Measurement> all() {
        List<Measurement> all = new ArrayList<>(servers);
        all.addAll(sockets);
        return all;
    }
}
