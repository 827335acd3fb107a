package dev.sockeye.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

/** The tests' own browser must not outlive them. */
@Tag("browser")
@Timeout(120)
class KilledBrowserTest {

    /** Starts a browser, tells where its files are, and waits. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            try (Browser browser = Browser.start()) {
                System.out.println(browser.home());
                System.in.read();
            } catch (TestAbortedException e) {
                System.out.println("aborted: " + e.getMessage());
            }
        }
    }

    @Test
    void shouldLeaveNoProcessAndNoFileWhenItsJvmIsKilled() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process jvm = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Holder.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = jvm.inputReader()) {
            String home = output.readLine();
            if (home.startsWith("aborted: ")) {
                throw new TestAbortedException(home.substring("aborted: ".length()));
            }
            assertThat(processesOf(home)).hasSizeGreaterThan(3);

            jvm.destroyForcibly().waitFor();

            while (!processesOf(home).isEmpty() || Files.exists(Path.of(home))) {
                Thread.sleep(20); // until the test's time is over
            }
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** What runs with this home directory. */
    private static List<Path> processesOf(String home) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .filter(process -> contains(process.resolve("environ"), "HOME=" + home))
                    .toList();
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            return false; // ended meanwhile, or another user's
        }
    }
}
