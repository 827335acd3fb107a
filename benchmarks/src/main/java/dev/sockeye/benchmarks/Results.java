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
    /** What should have run and did not, and why. */
    final List<String> failed = new ArrayList<>();

    boolean areComplete() {
        return failed.isEmpty() && all().stream().allMatch(Measurement::isAccepted);
    }

    /** What is missing, a line each: servers that were skipped or failed, and figures that were not accepted. */
    List<String> missing() {
        List<String> lines = new ArrayList<>();
        skipped.forEach(line -> lines.add("skipped " + line));
        failed.forEach(line -> lines.add("failed " + line));
        for (Measurement measured : all()) {
            if (!measured.isAccepted()) {
                lines.add("no figure for " + measured.server() + " ("
                        + measured.workload().label() + ", beside " + measured.reference() + "): "
                        + measured.complaint());
            }
        }
        return lines;
    }

    List<Measurement> all() {
        List<Measurement> all = new ArrayList<>(servers);
        all.addAll(sockets);
        return all;
    }
}
