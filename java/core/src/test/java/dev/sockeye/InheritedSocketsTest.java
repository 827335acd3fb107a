package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jnr.constants.platform.AddressFamily;
import jnr.constants.platform.Sock;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets from systemd: a child JVM opens them where systemd puts them, and becomes another program by exec. */
@Timeout(60)
class InheritedSocketsTest {
    /** What the child calls to be systemd: by addresses, as jnr-ffi needs to load nothing for them. */
    public interface CLibrary {
        int dup2(int from, int to);

        int setenv(long name, long value, int overwrite);

        int execv(long program, long arguments);
    }

    /** Opens the sockets that its arguments name at descriptors 3, 4 ... and becomes {@link Activated}. */
    public static final class Activator {
        private static final List<Object> KEPT = new ArrayList<>(); // until exec

        public static void main(String[] arguments) throws Exception {
            CLibrary c = LibraryLoader.create(CLibrary.class).load("c");
            List<Integer> fds = new ArrayList<>();
            for (String kind : List.of(arguments).subList(1, arguments.length)) {
                fds.add(open(kind));
            }
            long pid = ProcessHandle.current().pid() + (arguments[0].equals("mine") ? 0 : 1);
            c.setenv(text("LISTEN_PID"), text(Long.toString(pid)), 1);
            c.setenv(text("LISTEN_FDS"), text(Integer.toString(fds.size())), 1);
            long java =
                    text(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            List<Long> command = new ArrayList<>(List.of(java, text("-XX:TieredStopAtLevel=1")));
            if (Runtime.version().feature() >= 22) { // else it warns of it in what it prints
                command.add(text("--enable-native-access=ALL-UNNAMED"));
            }
            command.addAll(List.of(
                    text("-cp"), text(System.getProperty("java.class.path")), text(Activated.class.getName()), 0L));
            ByteBuffer memory = Native.allocate(command.size() * Long.BYTES);
            command.forEach(memory::putLong);
            long address = Native.address(memory);
            c.dup2(0, 0); // has loaded by now whatever it needs
            for (int i = 0; i < fds.size(); i++) { // this JVM's own descriptors: it has no need of them any more
                c.dup2(fds.get(i), 3 + i);
            }
            c.execv(java, address);
            Runtime.getRuntime().halt(1);
        }

        private static long text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            ByteBuffer memory = Native.allocate(bytes.length + 1).put(bytes);
            KEPT.add(memory);
            return Native.address(memory);
        }

        private static int open(String kind) throws IOException {
            InetSocketAddress anyPort = new InetSocketAddress("127.0.0.1", 0);
            return switch (kind) {
                case "udp" -> fd(UdpSocket.open(Loopback.INET).bind(anyPort));
                case "udp6" -> fd(UdpSocket.open(Loopback.INET6).bind(null));
                case "listener" -> fd(TcpPair.listener("127.0.0.1"));
                case "tcp" -> fd(TcpSocket.open(Loopback.INET).bind(anyPort));
                case "connection" -> fd(TcpPair.open().client);
                case "unix" ->
                    Native.CALLS.sockeye_socket(AddressFamily.AF_UNIX.intValue(), Sock.SOCK_STREAM.intValue());
                case "file" -> Native.CALLS.sockeye_duplicate(1); // where standard output goes
                default -> Native.CALLS.sockeye_duplicate(0); // standard input: a pipe
            };
        }

        private static int fd(LinuxSocket<?> socket) throws IOException {
            KEPT.add(socket);
            return socket.descriptor.acquire();
        }
    }

    /** The server that is started with sockets. */
    public static final class Activated {
        public static void main(String[] arguments) throws Exception {
            try {
                List<NetworkChannel> sockets = Handover.inherited();
                System.out.println("inherited " + sockets.size());
                for (NetworkChannel socket : sockets) {
                    System.out.println(socket + ": " + hello(socket));
                }
                Process child = new ProcessBuilder("ls", "-l", "/proc/self/fd").start();
                String left = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                System.out.println("a child has sockets: " + left.contains("socket:"));
                Handover.inherited();
            } catch (IOException | IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }

        private static String hello(NetworkChannel socket) throws IOException {
            if (socket instanceof TcpListener listener) {
                try (TcpSocket client = TcpPair.connected(listener);
                        TcpSocket server = listener.accept()) {
                    client.write(TcpPair.bytes("hello"));
                    return TcpPair.read(server, 5);
                }
            }
            UdpSocket udp = (UdpSocket) socket;
            Loopback.send(udp, Loopback.at("127.0.0.1", udp), "hello");
            return Loopback.text(Loopback.receiveOne(udp));
        }
    }

    private static List<String> activate(String... arguments) throws Exception {
        ChildJvm.Result result = new ChildJvm(Activator.class, arguments).run();
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output().lines().toList();
    }

    @Test
    void shouldTakeTheSocketsThatSystemdOpened() throws Exception {
        assertThat(activate("mine", "udp", "udp6", "listener"))
                .containsExactly(
                        "inherited 3",
                        "UDP fd 3: hello",
                        "UDP fd 4: hello",
                        "TCP listener fd 5: hello",
                        "a child has sockets: false",
                        "the inherited sockets were asked for before");
    }

    @Test
    void shouldLeaveAloneWhatIsForAnotherProcess() throws Exception {
        assertThat(activate("another's", "udp")).startsWith("inherited 0");
    }

    @ParameterizedTest
    @CsvSource({
        "connection, a TCP socket that does not listen",
        "tcp, a TCP socket that does not listen",
        "file, the file /.*/output",
        "pipe, a pipe",
        "unix, a Unix socket",
    })
    void shouldNameWhatItDoesNotTake(String kind, String name) throws Exception {
        assertThat(activate("mine", "udp", kind))
                .singleElement(STRING)
                .matches("descriptor 4 is " + name + ": it must be a UDP socket, or a TCP socket that listens");
    }

    @Test
    void shouldReadTheEnvironmentStrictly() throws IOException {
        assertThat(InheritedSockets.count(Map.of(), 7)).isZero();
        assertThat(InheritedSockets.count(Map.of("LISTEN_FDS", "2"), 7)).isZero();
        assertThat(InheritedSockets.count(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "8"), 7))
                .isZero();
        assertThat(InheritedSockets.count(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "7"), 7))
                .isEqualTo(2);
        for (String wrong : List.of("", "-1", "x", "1025", "99999999999", " 1")) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> InheritedSockets.count(Map.of("LISTEN_FDS", wrong, "LISTEN_PID", "7"), 7))
                    .withMessageContaining("LISTEN_FDS=" + wrong);
        }
    }

    @Test
    void shouldAdoptADescriptorAndRefuseWhatIsNone() throws Exception {
        int fd = Native.CALLS.sockeye_socket(LinuxSocket.AF_INET, Sock.SOCK_DGRAM.intValue());
        try (UdpSocket socket = (UdpSocket) Handover.adopt(fd)) {
            assertThat(socket.descriptor.isShared()).isTrue();
        }
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Handover.adopt(-1))
                .withMessage("descriptor -1 is not open: it must be a UDP socket, or a TCP socket that listens");
    }
}
