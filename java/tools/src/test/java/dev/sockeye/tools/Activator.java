package dev.sockeye.tools;

import dev.sockeye.TcpListener;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.NetworkChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * For a child JVM: starts a command as systemd does it, with a socket. It opens one at descriptor 3 and becomes the command
 * by exec, which keeps its process id.
 */
public final class Activator {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);
    private static final List<Object> KEPT = new ArrayList<>(); // until exec

    private Activator() {}

    /** By addresses, for which jnr-ffi needs to load nothing at the call. */
    public interface CLibrary {
        int dup2(int from, int to);

        int setenv(long name, long value, int overwrite);

        int execv(long program, long arguments);
    }

    /** @param arguments udp, tcp or pipe, and the command */
    public static void main(String[] arguments) throws Exception {
        CLibrary c = LibraryLoader.create(CLibrary.class).load("c");
        int fd = open(arguments[0]);
        c.setenv(text("LISTEN_PID"), text(Long.toString(ProcessHandle.current().pid())), 1);
        c.setenv(text("LISTEN_FDS"), text("1"), 1);
        ByteBuffer command =
                ByteBuffer.allocateDirect(arguments.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 1; i < arguments.length; i++) {
            command.putLong(text(arguments[i]));
        }
        long program = command.getLong(0);
        long address = address(command);
        c.dup2(0, 0); // has loaded by now whatever it needs
        c.dup2(fd, 3);
        c.execv(program, address);
        java.lang.Runtime.getRuntime().halt(1);
    }

    private static int open(String kind) throws IOException {
        switch (kind) {
            case "udp":
                return fd(UdpSocket.open(StandardProtocolFamily.INET).bind(ANY_PORT));
            case "tcp":
                return fd(TcpListener.open(StandardProtocolFamily.INET)
                        .bind(ANY_PORT)
                        .listen(16));
            default:
                return 0;
        }
    }

    private static int fd(NetworkChannel socket) {
        KEPT.add(socket);
        return Integer.parseInt(socket.toString().replaceAll(".* fd ", ""));
    }

    private static long text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length + 1).put(bytes);
        KEPT.add(memory);
        return address(memory);
    }

    private static long address(ByteBuffer memory) {
        return Pointer.wrap(Runtime.getSystemRuntime(), memory.duplicate().clear())
                .address();
    }
}
