package dev.sockeye.tools;

import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabException;
import dev.sockeye.lab.MultiHomedLab;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Ask a JDK server and a Sockeye server at several addresses, and see who answers from which.",
        footer = {
            "",
            "Traffic stays on this machine: loopback, and a lab in network namespaces where those are allowed."
        })
final class DemoCommand implements Callable<Integer> {
    private static final List<String> LOOPBACK = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3", "::1");

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    private PrintWriter out;
    private JsonLines json;
    private boolean allRight = true;

    @Override
    public Integer call() throws Exception {
        OptionalInt relaunched = relaunch();
        if (relaunched.isPresent()) {
            return relaunched.getAsInt();
        }
        out = spec.commandLine().getOut();
        json = common.json ? new JsonLines(out) : null;
        say("One UDP server on the wildcard address, asked at each address of its host.");
        say("Who answers?");
        onLoopback();
        inLab();
        say("");
        say("Clients, firewalls and NATs drop an answer from an address that was not asked.");
        return allRight ? 0 : Main.NEGATIVE;
    }

    /** An ordinary user gets a lab in a user namespace. */
    private static OptionalInt relaunch() {
        try {
            return Lab.relaunch();
        } catch (LabException e) {
            return OptionalInt.empty(); // then there is a reason for no lab, which is told where the lab would be
        }
    }

    private boolean wants(StandardProtocolFamily family) {
        return common.family() == null || common.family() == family;
    }

    private void onLoopback() throws IOException {
        List<InetAddress> asked = new ArrayList<>();
        for (String text : LOOPBACK) {
            InetAddress address = InetAddress.getByName(text);
            if (wants(Host.familyOf(address)) && isThere(address)) {
                asked.add(address);
            }
        }
        say("");
        say("On loopback:");
        try (DemoServers servers = DemoServers.open()) {
            show("loopback", servers.ask(asked));
        }
    }

    /** A host without IPv6 has no ::1. */
    private static boolean isThere(InetAddress address) throws IOException {
        return address instanceof Inet4Address || NetworkInterface.getByInetAddress(address) != null;
    }

    private void inLab() throws Exception {
        Optional<String> missing = Lab.unavailableReason();
        say("");
        if (missing.isPresent()) {
            say("On a host with two uplinks behind a router: skipped, " + missing.get());
            if (json != null) {
                json.event("skipped", event -> {
                    event.writeStringField("place", "lab");
                    event.writeStringField("reason", missing.get());
                });
            }
            return;
        }
        say("On a host with two uplinks, behind a router (three network namespaces):");
        try (Lab lab = Lab.create()) {
            MultiHomedLab hosts = MultiHomedLab.build(lab);
            List<InetAddress> asked = new ArrayList<>();
            for (ProtocolFamily family : List.of(StandardProtocolFamily.INET, StandardProtocolFamily.INET6)) {
                boolean there =
                        family == StandardProtocolFamily.INET || hosts.server().hasIpv6();
                if (there && wants((StandardProtocolFamily) family)) {
                    asked.addAll(hosts.serverAddresses(family));
                }
            }
            try (DemoServers servers = hosts.server().call(DemoServers::open)) {
                show("lab", hosts.client().call(() -> servers.ask(asked)));
            }
        }
    }

    private void show(String place, List<DemoServers.Row> rows) throws IOException {
        for (DemoServers.Row row : rows) {
            allRight &= row.sockeye().isRight();
            tell(place, "jdk", row.jdk());
            tell(place, "sockeye", row.sockeye());
        }
        if (json != null) {
            return;
        }
        int width = 2
                + rows.stream()
                        .mapToInt(row -> Host.text(row.jdk().asked()).length())
                        .max()
                        .orElse(0);
        String line = "  %-" + width + "s%-" + (width + 9) + "s%s";
        say(String.format(line, "asked at", "JDK answers from", "Sockeye answers from"));
        for (DemoServers.Row row : rows) {
            say(String.format(
                            line,
                            Host.text(row.jdk().asked()),
                            verdict(row.jdk(), width),
                            verdict(row.sockeye(), width))
                    .stripTrailing());
        }
    }

    private static String verdict(DemoServers.Answer answer, int width) {
        String from = answer.from().map(Host::text).orElse("nobody");
        return String.format("%-" + width + "s%s", from, answer.isRight() ? "ok" : "WRONG");
    }

    private void tell(String place, String server, DemoServers.Answer answer) throws IOException {
        if (json == null) {
            return;
        }
        json.event("answer", event -> {
            event.writeStringField("place", place);
            event.writeStringField("server", server);
            event.writeStringField("asked", Host.text(answer.asked()));
            event.writeStringField("from", answer.from().map(Host::text).orElse(null));
            event.writeBooleanField("sourceCorrect", answer.isRight());
        });
    }

    private void say(String line) {
        if (json == null) {
            out.println(line);
            out.flush();
        }
    }
}
