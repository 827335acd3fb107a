package dev.sockeye.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** A command that was run inside this JVM, and what it said. */
record Cli(int exitCode, String out, String err) {
    static Cli run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Cli(exitCode, out.toString(), err.toString());
    }

    List<Map<String, Object>> events() {
        return Json.events(out);
    }

    Map<String, Object> event(String name) {
        return events().stream()
                .filter(event -> event.get("event").equals(name))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("no event " + name + " in " + this));
    }
}
