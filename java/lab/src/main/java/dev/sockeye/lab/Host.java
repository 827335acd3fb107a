package dev.sockeye.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One host of a {@link Lab}: its own devices, addresses, routes, firewall and ports, in a network namespace of its own.
 * Files, users and processes are shared with the machine.
 *
 * <p>{@link #call} and {@link #run} take the calling thread into the host for a while. A socket opened there belongs to
 * the host for its whole life, whichever thread uses it later, so one test can hold the sockets of all its hosts:
 *
 * <pre>{@code
 * DatagramChannel socket = host.call(() -> DatagramChannel.open().bind(new InetSocketAddress(7007)));
 * }</pre>
 *
 * <p>All methods may be called from any platform thread, also from inside another host. Those that change the host
 * return when the change is in force, and throw {@link LabException} when it was refused, or
 * {@link IllegalStateException} when the lab is closed.
 */
public final class Host {

    private static final Duration TOOL_LIMIT = Duration.ofSeconds(10);
    private static final Pattern FAILED_LINE = Pattern.compile("Command failed -:(\\d+)");

    private final String name;
    private final Namespace namespace;
    private final Processes processes;
    private volatile IcmpLimits icmpLimits;

    Host(String name, Namespace namespace, Processes processes) {
        this.name = name;
        this.namespace = namespace;
        this.processes = processes;
    }

    /** An action that may throw. */
    @FunctionalInterface
    public interface Action {
        /**
         * Does it.
         *
         * @throws Exception what went wrong
         */
        void run() throws Exception;
    }

    /**
     * The host's name in its lab.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Where a program of this machine finds the host's namespace while the lab is open: `nsenter --net=PATH tcpdump`
     * looks into the host from a shell.
     *
     * @return the path of the namespace
     */
    public String path() {
        return namespace.path();
    }

    /**
     * Runs code on the calling thread as this host, and takes the thread back to where it was before, also after an
     * exception. Calls may be nested. A thread that the code starts stays in this host until it ends, so start threads,
     * executors and (see {@link #start}) processes outside.
     *
     * @param <T> what the code returns
     * @param body the code
     * @return what the code returned
     * @throws Exception what the code threw
     * @throws IllegalStateException when the calling thread is a virtual one, which cannot enter a host
     * @throws Error when the thread could not be taken back; it must not be used any more
     */
    public <T> T call(Callable<T> body) throws Exception {
        return namespace.call(body);
    }

    /**
     * As {@link #call}, for code that returns nothing.
     *
     * @param body the code
     * @throws Exception what the code threw
     */
    public void run(Action body) throws Exception {
        namespace.call(() -> {
            body.run();
            return null;
        });
    }

    /**
     * Adds addresses to a device. IPv6 addresses can be used at once, without duplicate address detection.
     *
     * @param device the device's name
     * @param addresses addresses with their prefix length, such as `192.0.2.1/24`
     * @return this host
     */
    public Host address(String device, String... addresses) {
        List<String> lines = new ArrayList<>();
        for (String address : addresses) {
            lines.add("address add " + address + " dev " + device + (isIpv6(address) ? " nodad" : ""));
        }
        return ip(lines);
    }

    /**
     * Adds routes.
     *
     * @param routes what `ip route add` takes, such as `default via 192.0.2.254`
     * @return this host
     */
    public Host route(String... routes) {
        List<String> lines = new ArrayList<>();
        for (String route : routes) {
            lines.add("route add " + route);
        }
        return ip(lines);
    }

    /**
     * Adds a routing policy rule.
     *
     * @param rule what `ip rule add` takes, such as `from 198.51.100.1 table 100`
     * @return this host
     */
    public Host rule(String rule) {
        // Unlike for routes, `ip` does not take the family of a rule from its addresses.
        return ip(List.of(isIpv6(rule) ? "-6" : "-4"), List.of("rule add " + rule));
    }

    /**
     * Brings a device up. {@link Lab#link} and {@link #bridge} have done so already.
     *
     * @param device the device's name
     * @return this host
     */
    public Host up(String device) {
        return ip("link set " + device + " up");
    }

    /**
     * Takes a device down. The kernel removes its IPv6 addresses and all routes through it: add them again after
     * {@link #up}.
     *
     * @param device the device's name
     * @return this host
     */
    public Host down(String device) {
        return ip("link set " + device + " down");
    }

    /**
     * Makes a switch of some of the host's devices.
     *
     * @param bridge the name of the bridge's own device
     * @param ports the devices that become its ports
     * @return this host
     */
    public Host bridge(String bridge, String... ports) {
        List<String> lines = new ArrayList<>();
        lines.add("link add " + bridge + " up type bridge");
        for (String port : ports) {
            lines.add("link set " + port + " up master " + bridge);
        }
        return ip(lines);
    }

    /**
     * Runs lines of `ip` in one go, which is the quickest way to set up much.
     *
     * @param lines arguments of `ip`, such as `link set e0 mtu 1300`; lines after a failed one are not run
     * @return this host
     */
    public Host ip(String... lines) {
        return ip(List.of(lines));
    }

    private Host ip(List<String> lines) {
        return ip(List.of(), lines);
    }

    private Host ip(List<String> options, List<String> lines) {
        List<String> command = new ArrayList<>(List.of("ip", "-batch", "-"));
        command.addAll(1, options);
        Processes.Result result = tool(command, lines);
        if (result.exitCode() != 0) {
            throw failed("ip" + failedLine(result.err(), lines), result);
        }
        if (lines.stream().anyMatch(Host::isIpv6)) {
            attempt("ip", () -> {
                Ipv6.awaitReady(namespace);
                return null;
            });
        }
        return this;
    }

    /**
     * Loads a ruleset of the nftables firewall, which adds to what is there; `flush ruleset` starts afresh. It is loaded
     * as a whole or not at all.
     *
     * @param ruleset what `nft -f` takes
     * @return this host
     */
    public Host nft(String ruleset) {
        Processes.Result result = tool(List.of("nft", "-f", "-"), List.of(ruleset));
        if (result.exitCode() != 0) {
            throw failed("nft", result);
        }
        return this;
    }

    /**
     * Lets the host route packets between its devices, IPv4 and IPv6.
     *
     * @return this host
     */
    public Host forwarding() {
        sysctl("net.ipv4.ip_forward", "1");
        return hasIpv6() ? sysctl("net.ipv6.conf.all.forwarding", "1") : this;
    }

    /**
     * Whether this kernel has IPv6.
     *
     * @return false when it was left out or switched off at boot
     */
    public boolean hasIpv6() {
        return hasSysctl("net.ipv6.conf.all.forwarding");
    }

    /**
     * Gives the host the limits on the rate of ICMP messages that the kernel gives to every new namespace, such as six
     * errors at once and then one a second to each peer. For tests of rate limits; a new host has none. Do it before the
     * first message: who has got many without a limit has used up what may come at once.
     *
     * @return this host
     */
    public Host defaultIcmpLimits() {
        icmpLimits.restore(this);
        return this;
    }

    void liftIcmpLimits() {
        icmpLimits = IcmpLimits.lift(this);
    }

    /**
     * Sets a kernel parameter of this host and reads it back.
     *
     * @param key its name, such as `net.ipv4.ip_forward`; with slashes instead of dots when a part of it has dots
     * @param value the new value
     * @return this host
     * @throws LabException also when the kernel took the value and kept another one
     */
    public Host sysctl(String key, String value) {
        return attempt("sysctl " + key, () -> {
            Sysctl.write(namespace, key, value);
            return this;
        });
    }

    /**
     * Reads a kernel parameter of this host.
     *
     * @param key its name, as in {@link #sysctl(String, String)}
     * @return its value, with one space between its parts
     */
    public String sysctl(String key) {
        return attempt("sysctl " + key, () -> Sysctl.read(namespace, key));
    }

    boolean hasSysctl(String key) {
        return attempt("sysctl " + key, () -> Sysctl.exists(namespace, key));
    }

    /**
     * Starts a command on this host, in the background. It is killed when the lab is closed, with all it has started
     * there, and also when this JVM dies of whatever cause (then without what it has started itself). Read its output
     * or redirect it: a process whose output nobody takes comes to a halt when the pipe is full.
     *
     * @param command the program and its arguments
     * @return the running process
     */
    public Process start(String... command) {
        return start(new ProcessBuilder(command));
    }

    /**
     * As {@link #start(String...)}, with an environment, a directory and redirects.
     *
     * @param builder how to start it; it is not changed
     * @return the running process
     */
    public Process start(ProcessBuilder builder) {
        ProcessBuilder copy = new ProcessBuilder(mortal(builder.command()))
                .directory(builder.directory())
                .redirectInput(builder.redirectInput())
                .redirectOutput(builder.redirectOutput())
                .redirectError(builder.redirectError())
                .redirectErrorStream(builder.redirectErrorStream());
        Map<String, String> environment = copy.environment();
        environment.clear();
        environment.putAll(builder.environment());
        return processes.start(copy);
    }

    /**
     * Runs a command on this host to its end, for at most ten seconds.
     *
     * @param command the program and its arguments
     * @return its standard output
     * @throws LabException when it fails (the text has its output) or does not end in time (then it is killed)
     */
    public String exec(String... command) {
        return exec(TOOL_LIMIT, command);
    }

    /**
     * Runs a command on this host to its end, for at most a given time.
     *
     * @param limit how long it may take
     * @param command the program and its arguments
     * @return its standard output
     * @throws LabException when it fails (the text has its output) or does not end in time (then it is killed)
     */
    public String exec(Duration limit, String... command) {
        String what = String.join(" ", command);
        Processes.Result result = attempt(what, () -> processes.run(mortal(List.of(command)), limit));
        if (result.exitCode() != 0) {
            throw failed(what, result);
        }
        return result.out();
    }

    /** The name, for messages. */
    @Override
    public String toString() {
        return name;
    }

    String identity() {
        return namespace.identity();
    }

    void close() {
        namespace.close();
    }

    /** The command in this host. */
    private List<String> inside(String program, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(Programs.need("nsenter"), "--net=" + namespace.path(), "--"));
        all.add(Programs.need(program));
        all.addAll(arguments);
        return all;
    }

    /** The command in this host, where it dies with the thread that starts it. */
    private List<String> mortal(List<String> command) {
        String program = attempt(command.get(0), () -> Programs.need(command.get(0)));
        List<String> arguments = new ArrayList<>(List.of("--pdeathsig", "KILL", "--", program));
        arguments.addAll(command.subList(1, command.size()));
        return inside("setpriv", arguments);
    }

    private Processes.Result tool(List<String> command, List<String> lines) {
        String program = command.get(0);
        return attempt(program, () -> {
            List<String> all = inside(program, command.subList(1, command.size()));
            return processes.runTool(all, String.join("\n", lines) + "\n", TOOL_LIMIT);
        });
    }

    /** Runs code and puts the host and what was attempted into the text of its failure. */
    <T> T attempt(String what, Callable<T> body) {
        try {
            return body.call();
        } catch (LabException e) {
            throw new LabException("host " + name + ": " + what + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new LabException("host " + name + ": " + what + ": " + e, e);
        }
    }

    private LabException failed(String what, Processes.Result result) {
        String said = (result.err() + result.out()).strip();
        return new LabException(
                "host " + name + ": " + what + " failed with exit code " + result.exitCode() + ": " + said);
    }

    private static String failedLine(String err, List<String> lines) {
        Matcher matcher = FAILED_LINE.matcher(err);
        return Optional.of(matcher)
                .filter(Matcher::find)
                .map(found -> Integer.parseInt(found.group(1)))
                .filter(number -> number <= lines.size())
                .map(number -> " " + lines.get(number - 1))
                .orElse("");
    }

    private static boolean isIpv6(String text) {
        return text.contains(":");
    }
}
