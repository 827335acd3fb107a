package dev.sockeye.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the system's programs. */
final class Programs {

    private Programs() {}

    /** The program's path; an ordinary user's PATH often lacks the sbin directories, where `ip` and `nft` live. */
    static Optional<String> find(String name) {
        if (name.contains("/")) {
            return Optional.of(name).filter(path -> isProgram(Path.of(path)));
        }
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin";
        for (String directory : path.split(File.pathSeparator)) {
            Path program = Path.of(directory, name);
            if (isProgram(program)) {
                return Optional.of(program.toString());
            }
        }
        return Optional.empty();
    }

    /** As {@link #find}, for a program without which the lab cannot go on. */
    static String need(String name) {
        return find(name).orElseThrow(() -> new LabException("there is no program `" + name + "` on this machine"));
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }
}
