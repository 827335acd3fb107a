package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LabExtension.class)
@Timeout(30)
class KilledJvmTest {

    /** Builds a lab with a process in it, tells about both, and waits. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            try (Lab lab = Lab.create()) {
                Host server = lab.host("server");
                lab.link(server, "e0", lab.host("client"), "e0");
                Process process = server.start("sleep", "1000");
                System.out.println(process.pid() + " " + server.identity());
                System.in.read();
            }
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenItsJvmIsKilled() throws Throwable {
        List<String> command = ChildJvm.command(System.getProperty("java.class.path"), Holder.class);
        Process jvm = ChildJvm.builder(List.of(), command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(false)
                .start();
        try (BufferedReader output = jvm.inputReader()) {
            String[] told = output.readLine().split(" ");
            long pid = Long.parseLong(told[0]);
            Await.until(() -> assertThat(Namespaces.holders(told[1]))
                    .anyMatch(path -> path.startsWith("/proc/" + pid + "/"))
                    .anyMatch(path -> path.startsWith("/proc/" + jvm.pid() + "/")));

            jvm.destroyForcibly().waitFor();

            Await.until(() -> assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                    .isEmpty());
            Await.until(() -> assertThat(Namespaces.holders(told[1])).isEmpty());
        } finally {
            jvm.destroyForcibly();
        }
    }
}
