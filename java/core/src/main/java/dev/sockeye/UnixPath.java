package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.BindException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** The path of a Unix socket in calls of the native layer, and what its errors mean to people. */
final class UnixPath {
    private UnixPath() {}

    /** A call that takes the address of a path. */
    interface Call {
        int on(long path);
    }

    /** Returns what the call did: a descriptor, or -errno. */
    static int call(Path path, Call call) {
        // How the JDK itself writes the names of files.
        byte[] bytes = path.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        ByteBuffer text = ByteBuffer.allocateDirect(bytes.length + 1).put(bytes); // the last byte stays NUL
        int result = call.on(Native.address(text));
        Reference.reachabilityFence(text);
        return result;
    }

    static IOException failure(int result, Path path) {
        if (result == -Errors.EADDRINUSE) {
            return new BindException("another process offers sockets at " + path);
        }
        if (result == -Errors.EEXIST || result == -Errors.ENOTSOCK) {
            return new FileSystemException(path.toString(), null, "it is no socket, and is left alone");
        }
        if (result == -Errors.ENAMETOOLONG) {
            return new FileSystemException(path.toString(), null, "longer than the 107 bytes of a Unix socket's path");
        }
        if (result == -Errors.ENOENT) {
            return new FileSystemException(path.toString(), null, "there is no such directory");
        }
        if (result == -Errors.EPERM || result == -Errors.EACCES) {
            return new SocketException(
                    "handover at " + path + ": it is another user's, and only that user's processes may do this");
        }
        return Errors.of(result, "handover at " + path);
    }
}
