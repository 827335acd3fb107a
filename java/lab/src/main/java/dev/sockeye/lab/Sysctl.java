package dev.sockeye.lab;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Kernel parameters of a namespace. /proc/sys/net shows those of the thread that opens it. */
final class Sysctl {

    private static final int MAX_BYTES = 4096;

    private Sysctl() {}

    /** Writes and reads back, since the kernel takes some values without an error and keeps others. */
    static void write(Namespace namespace, String key, String value) throws Exception {
        String kept = namespace.call(() -> {
            Path file = existing(key);
            Files.writeString(file, value, StandardOpenOption.WRITE);
            return content(file);
        });
        if (!normal(kept).equals(normal(value))) {
            throw new LabException("set to " + normal(value) + ", but the kernel keeps " + normal(kept));
        }
    }

    static String read(Namespace namespace, String key) throws Exception {
        return normal(namespace.call(() -> content(existing(key))));
    }

    static boolean exists(Namespace namespace, String key) throws Exception {
        return namespace.call(() -> Files.exists(file(key)));
    }

    /** In one read: the kernel gives a number only to a read from the start, and Files.readString may take two. */
    private static String content(Path file) throws IOException {
        byte[] bytes = new byte[MAX_BYTES];
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            int length = in.read(bytes);
            return length < 0 ? "" : new String(bytes, 0, length, StandardCharsets.UTF_8);
        }
    }

    private static Path existing(String key) throws NoSuchFileException {
        Path file = file(key);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "this kernel has no such parameter");
        }
        return file;
    }

    private static Path file(String key) {
        return Path.of("/proc/sys", key.contains("/") ? key : key.replace('.', '/'));
    }

    private static String normal(String value) {
        return value.strip().replaceAll("\\s+", " ");
    }
}
