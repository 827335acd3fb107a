package dev.sockeye.tools;

import dev.sockeye.Capabilities;
import dev.sockeye.Capabilities.Capability;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.lab.Lab;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Say what this kernel and user can do, and why not.",
        footer = {"", "Exit code 1 when what the library needs is missing: its native part, IPv4, IP_PKTINFO."})
final class DoctorCommand implements Callable<Integer> {
    /** Without these nothing of this project works. */
    private static final List<String> NEEDED = List.of("libsockeye", "INET", "IP_PKTINFO");

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        List<Capability> capabilities = new ArrayList<>();
        capabilities.add(Capabilities.nativeLibrary());
        if (capabilities.get(0).isAvailable()) {
            capabilities.addAll(Capabilities.all());
        }
        capabilities.add(
                new Capability("namespaces", "labs of several hosts on this machine", Lab.unavailableReason()));
        Map<InetSocketAddress, Integer> shared =
                capabilities.get(0).isAvailable() ? ReuseportGroup.sharedPorts() : Map.of();
        String kernel = System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch");
        String user = System.getProperty("user.name");
        String java = System.getProperty("java.vm.name") + " " + System.getProperty("java.version");
        if (json) {
            JsonLines lines = new JsonLines(out);
            writeJson(lines, kernel, user, java, capabilities);
            writeJson(lines, shared);
        } else {
            writeText(out, kernel, user, java, capabilities);
            writeText(out, shared);
        }
        boolean healthy = capabilities.stream().allMatch(c -> c.isAvailable() || !NEEDED.contains(c.name()));
        return healthy ? 0 : Main.NEGATIVE;
    }

    private static void writeText(
            PrintWriter out, String kernel, String user, String java, List<Capability> capabilities) {
        out.println("sockeye " + Version.number());
        out.println("kernel  " + kernel);
        out.println("user    " + user);
        out.println("java    " + java);
        out.println();
        int width = capabilities.stream().mapToInt(c -> c.name().length()).max().orElse(0);
        for (Capability capability : capabilities) {
            out.println((capability.isAvailable() ? "yes  " : "NO   ")
                    + capability.name()
                    + " ".repeat(width - capability.name().length() + 2)
                    + capability.purpose());
            capability
                    .missingBecause()
                    .ifPresent(reason -> out.println(" ".repeat(width + 7) + "because: " + Main.oneLine(reason)));
        }
        out.flush();
    }

    private static void writeText(PrintWriter out, Map<InetSocketAddress, Integer> shared) {
        if (!shared.isEmpty()) {
            out.println();
            out.println("UDP ports that several sockets share; each may get a part of what comes in:");
            shared.forEach(
                    (address, sockets) -> out.println("     " + Host.text(address) + ", " + sockets + " sockets"));
            out.flush();
        }
    }

    private static void writeJson(JsonLines lines, Map<InetSocketAddress, Integer> shared) throws IOException {
        for (Map.Entry<InetSocketAddress, Integer> each : shared.entrySet()) {
            lines.event("shared-port", event -> {
                event.writeStringField("address", Host.text(each.getKey().getAddress()));
                event.writeNumberField("port", each.getKey().getPort());
                event.writeNumberField("sockets", each.getValue());
            });
        }
    }

    private static void writeJson(
            JsonLines lines, String kernel, String user, String java, List<Capability> capabilities)
            throws IOException {
        lines.event("system", event -> {
            event.writeStringField("version", Version.number());
            event.writeStringField("kernel", kernel);
            event.writeStringField("user", user);
            event.writeStringField("java", java);
        });
        for (Capability capability : capabilities) {
            lines.event("capability", event -> {
                event.writeStringField("name", capability.name());
                event.writeStringField("purpose", capability.purpose());
                event.writeBooleanField("available", capability.isAvailable());
                event.writeStringField("reason", capability.missingBecause().orElse(null));
            });
        }
    }
}
