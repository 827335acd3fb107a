package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An echo server for TCP in a JVM of its own, killed when this is closed. */
final class EchoTcpChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    final Map<String, Object> ready;

    private EchoTcpChild(Process process) throws Exception {
        this.process = process;
        this.out = process.inputReader();
        this.ready = Json.object(out.readLine());
    }

    /**
     * @param prefix a program that starts it, or nothing
     * @param limitSeconds when it is killed, so that whoever waits for it goes on
     */
    static EchoTcpChild start(List<String> prefix, List<String> jvmOptions, int limitSeconds, String... options)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of("echo", "--tcp", "--json", "--port", "0"));
        arguments.addAll(List.of(options));
        List<String> command = new ArrayList<>(prefix);
        command.addAll(Child.command(jvmOptions, arguments.toArray(String[]::new)));
        Process process = Child.builder(command).start();
        CompletableFuture.delayedExecutor(limitSeconds, TimeUnit.SECONDS).execute(process::destroyForcibly);
        return new EchoTcpChild(process);
    }

    int port() {
        return (int) Json.number(ready, "port");
    }

    long pid() {
        return process.pid();
    }

    /** A connection on which a byte was sent. */
    Socket ask() throws Exception {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(7);
        return socket;
    }

    Map<String, Object> nextEvent() throws Exception {
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError("it has ended: " + err().lines().toList());
        }
        return Json.object(line);
    }

    BufferedReader err() {
        return process.errorReader();
    }

    /** Ends it as its user does, and gives its totals. */
    Map<String, Object> terminate() throws Exception {
        // Not Process.destroy(), which closes what the process prints.
        new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid()))
                .start()
                .waitFor();
        Map<String, Object> totals = null;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            totals = Json.object(line);
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(totals).containsEntry("event", "totals");
        return totals;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
