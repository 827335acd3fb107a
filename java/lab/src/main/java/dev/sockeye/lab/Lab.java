package dev.sockeye.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several hosts on this one machine, for tests of network code and for demonstrations. Each {@link Host} is a Linux
 * network namespace with its own devices, addresses, routes and firewall; links are virtual Ethernet cables.
 *
 * <pre>{@code
 * try (Lab lab = Lab.create()) {
 *     Host server = lab.host("server");
 *     Host client = lab.host("client");
 *     lab.link(server, "e0", client, "e0");
 *     server.address("e0", "192.0.2.1/24");
 *     client.address("e0", "192.0.2.2/24");
 *     DatagramChannel socket = server.call(() -> DatagramChannel.open().bind(new InetSocketAddress(7007)));
 *     ...
 * }
 * }</pre>
 *
 * <p>Nothing is left behind: the namespaces have no names and belong to this JVM alone, so the kernel frees them when
 * the lab is closed and also when the JVM is killed. Labs do not see each other or the machine's own network; any number
 * of them, with the same names and addresses, may exist at once.
 *
 * <p>All methods may be called from any platform thread, and labs may be built in several threads at once. A virtual
 * thread cannot enter a host and therefore cannot build a lab. {@link #close} must not run while other threads still
 * build.
 *
 * <p>It needs Linux, the programs `ip`, `nft`, `nsenter` and `setpriv`, and the right to make network namespaces, which
 * root has. {@link #unavailableReason} tells what is missing. An ordinary user may have that right in a user namespace:
 * a program gets there by {@link #relaunch}, a test run by
 *
 * <pre>{@code
 * unshare --user --map-root-user --net sh -c 'ip link set lo up && exec "$@"' sh COMMAND
 * }</pre>
 *
 * <p>(Without an address on lo when it starts, a JVM does without IPv6.)
 */
public final class Lab implements AutoCloseable {

    /** Parameters that every host gets, so that no lab depends on the settings of the machine or waits for timers. */
    private static final List<List<String>> ALWAYS = List.of(
            // A new namespace takes over the machine's own IPv4 settings, and setting ip_forward resets others: first.
            List.of("net.ipv4.ip_forward", "0"),
            List.of("net.ipv4.conf.all.rp_filter", "0"),
            List.of("net.ipv4.conf.default.rp_filter", "0"));

    /** Those that not every kernel has in every namespace. */
    private static final List<List<String>> WHERE_PRESENT =
            List.of(List.of("net.ipv6.conf.all.accept_dad", "0"), List.of("net.ipv6.conf.default.accept_dad", "0"));

    private final Processes processes = new Processes();
    private final List<Host> hosts = new ArrayList<>();
    /** Above what the kernel gives to other devices. */
    private final AtomicInteger nextIndex = new AtomicInteger(1000);

    private boolean closed;

    private Lab() {}

    /**
     * Makes an empty lab.
     *
     * @return the lab
     */
    public static Lab create() {
        return new Lab();
    }

    /**
     * Adds a host. Its `lo` is up, it forwards nothing, does not filter by reverse path and does not limit the rate of
     * ICMP messages ({@link Host#defaultIcmpLimits} takes that back).
     *
     * @param name its name in this lab, for messages
     * @return the new host
     * @throws LabException when the host cannot be made
     * @throws IllegalArgumentException when the lab has a host of that name
     */
    public Host host(String name) {
        Host host = add(name);
        for (List<String> parameter : ALWAYS) {
            host.sysctl(parameter.get(0), parameter.get(1));
        }
        for (List<String> parameter : WHERE_PRESENT) {
            if (host.hasSysctl(parameter.get(0))) {
                host.sysctl(parameter.get(0), parameter.get(1));
            }
        }
        host.liftIcmpLimits();
        return host.up("lo");
    }

    private synchronized Host add(String name) {
        if (closed) {
            throw new IllegalStateException("the lab is closed");
        }
        if (hosts.stream().anyMatch(host -> host.name().equals(name))) {
            throw new IllegalArgumentException("the lab has a host " + name + " already");
        }
        Host host = new Host(name, newNamespace(name), processes);
        hosts.add(host);
        return host;
    }

    private static Namespace newNamespace(String name) {
        try {
            return Namespace.create();
        } catch (LabException e) {
            throw new LabException("host " + name + ": " + e.getMessage(), e);
        }
    }

    /**
     * Lays a cable between two hosts, or between two devices of one host. Both ends are up. Their interface indexes occur
     * nowhere else in this lab, so that a test notices an index that is used on the wrong host.
     *
     * @param a the host at one end
     * @param deviceA the name of its new device
     * @param b the host at the other end
     * @param deviceB the name of its new device
     * @return this lab
     */
    public Lab link(Host a, String deviceA, Host b, String deviceB) {
        // Made in its final place at once, so names never clash. Unlike indexes, because the kernel may tell IPv6 up to
        // a
        // second late that the cable is connected when both ends have the same one.
        int index = nextIndex.getAndAdd(2);
        b.ip("link add " + deviceB + " index " + index + " up type veth peer name " + deviceA + " index " + (index + 1)
                + " netns " + a.path());
        // Not in the same line: the far end cannot come up before it knows its peer.
        a.up(deviceA);
        return this;
    }

    /**
     * Kills the processes that were started on the hosts and frees the hosts. A host lives on without a name until the
     * last socket that was opened in it is closed. Closing twice does nothing.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        try {
            processes.close(hosts.stream().map(Host::identity).toList());
        } finally {
            hosts.forEach(Host::close);
        }
    }

    /**
     * Why this process cannot build labs: another system than Linux, a missing program, a missing right. It is found out
     * once, by trying.
     *
     * @return the reason, or nothing when labs work
     */
    public static Optional<String> unavailableReason() {
        return Rights.unavailableReason();
    }

    /**
     * Runs this very program once more in a user namespace, where an ordinary user may build labs, and waits for it. The
     * first thing in a `main`:
     *
     * <pre>{@code
     * OptionalInt exitCode = Lab.relaunch();
     * if (exitCode.isPresent()) {
     *     System.exit(exitCode.getAsInt());
     * }
     * }</pre>
     *
     * <p>The new process has the same command line, the same standard streams and no network but an own `lo`. It ends
     * with this process. Call it from a thread that lives as long as the program does.
     *
     * @return the exit code of the program's second run; nothing when it was not run, since labs work here already or
     *     would not work there either ({@link #unavailableReason} tells)
     */
    public static OptionalInt relaunch() {
        return Rights.relaunch();
    }

    /**
     * The command that runs another one where an ordinary user may build labs: in new user and network namespaces with
     * `lo` up.
     *
     * @param command a program and its arguments
     * @return the longer command, or nothing when this user may not make user namespaces either
     */
    public static Optional<List<String>> relaunchCommand(List<String> command) {
        return Rights.relaunchCommand(command);
    }
}
