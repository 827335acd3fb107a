package dev.sockeye.lab;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What /proc says about who is in a network namespace and who keeps it alive. */
final class Namespaces {

    private Namespaces() {}

    static String ofThisThread() {
        return link(Path.of("/proc/thread-self/ns/net"));
    }

    /** Threads in the namespace and descriptors of it, of all processes that this user may look at. */
    static List<String> holders(String identity) throws IOException {
        List<String> holders = new ArrayList<>();
        for (Path process : entries(Path.of("/proc"), "[0-9]*")) {
            for (Path thread : entries(process.resolve("task"), "*")) {
                addIfLinked(holders, thread.resolve("ns/net"), identity);
            }
            for (Path descriptor : entries(process.resolve("fd"), "*")) {
                addIfLinked(holders, descriptor, identity);
            }
        }
        return holders;
    }

    private static void addIfLinked(List<String> holders, Path path, String identity) {
        if (link(path).equals(identity)) {
            holders.add(path.toString());
        }
    }

    private static List<Path> entries(Path directory, String glob) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            stream.forEach(entries::add);
        } catch (IOException e) {
            // Another user's process, or one that has just ended.
        }
        return entries;
    }

    private static String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
