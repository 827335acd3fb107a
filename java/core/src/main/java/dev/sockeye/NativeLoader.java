package dev.sockeye;

import dev.sockeye.ffi.SockeyeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import jnr.ffi.LibraryLoader;

/**
 * Finds libsockeye: the file that a system property names, else the one in the jar.
 *
 * <p>The one in the jar goes to a new directory that only this user can enter, is created exclusively, compared with the
 * hash that the build wrote beside it, loaded, and removed at once: nobody else can put a library in its place, and
 * nothing is left behind. jnr-ffi's own library takes the same way.
 */
final class NativeLoader {
    /** An absolute path of a libsockeye.so to load instead of the one in the jar. */
    static final String PATH_PROPERTY = "sockeye.library.path";

    private static final String JNR_EXTRACT_PROPERTY = "jffi.extract.dir";
    private static final String ELSEWHERE = "; point -Djava.io.tmpdir at a directory where libraries can be put";

    /** Why the JVM does not let us call by JNI, which --illegal-native-access=deny is one reason for; or null. */
    private static RuntimeException jniRefusal;

    private NativeLoader() {}

    static RuntimeException jniRefusal() {
        return jniRefusal;
    }

    static SockeyeLibrary load() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            throw new UnsatisfiedLinkError("Sockeye needs Linux, this is " + System.getProperty("os.name"));
        }
        Path directory = privateDirectory();
        try {
            return load(directory);
        } finally {
            remove(directory);
        }
    }

    private static SockeyeLibrary load(Path directory) {
        String override = System.getProperty(PATH_PROPERTY);
        Path library = override == null ? extract(directory) : overriding(override);
        loadJnr(directory);
        // jnr-ffi searches the whole system for a library that it cannot load, and reports a missing function only when
        // it is called: ask for both here.
        com.kenai.jffi.Library handle =
                com.kenai.jffi.Library.getCachedInstance(library.toString(), com.kenai.jffi.Library.LAZY);
        if (handle == null) {
            String reason = com.kenai.jffi.Library.getLastError();
            throw new UnsatisfiedLinkError("cannot load the native library: " + reason + cause(reason)
                    + (override == null
                            ? ELSEWHERE
                            : "; name one for this machine, linux-" + architecture() + ", or" + " leave -D"
                                    + PATH_PROPERTY + " out to use the one in the jar"));
        }
        checkSymbols(handle, library);
        loadForJni(library);
        return LibraryLoader.create(SockeyeLibrary.class).failImmediately().load(library.toString());
    }

    /** The same library, for the functions that the JVM looks up itself. */
    private static void loadForJni(Path library) {
        try {
            System.load(library.toString());
        } catch (RuntimeException e) { // IllegalCallerException since JDK 16
            jniRefusal = e;
        }
    }

    private static void checkSymbols(com.kenai.jffi.Library handle, Path library) {
        for (Method function : SockeyeLibrary.class.getMethods()) {
            if (handle.getSymbolAddress(function.getName()) == 0) {
                throw new UnsatisfiedLinkError(library + " lacks " + function.getName()
                        + ": it is of another version than this jar; build both from one source");
            }
        }
    }

    /** Makes jnr-ffi unpack its own library into our directory, unless the user chose one or it is loaded already. */
    private static void loadJnr(Path directory) {
        boolean ours = System.getProperty(JNR_EXTRACT_PROPERTY) == null;
        if (ours) {
            System.setProperty(JNR_EXTRACT_PROPERTY, directory.toString());
        }
        try {
            com.kenai.jffi.Library.getDefault();
        } catch (UnsatisfiedLinkError e) {
            throw failure(
                    "cannot load jnr-ffi's library: " + e.getMessage() + cause(String.valueOf(rootCause(e)))
                            + ELSEWHERE,
                    e);
        } finally {
            if (ours) {
                System.clearProperty(JNR_EXTRACT_PROPERTY);
            }
        }
    }

    private static Path overriding(String value) {
        Path path = Path.of(value);
        if (!path.isAbsolute()) {
            throw new UnsatisfiedLinkError("-D" + PATH_PROPERTY + "=" + value
                    + " is no absolute path: write the whole path of a libsockeye.so");
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new UnsatisfiedLinkError("-D" + PATH_PROPERTY + "=" + value + " is no readable file: name a"
                    + " libsockeye.so, or leave the property out to use the one in the jar");
        }
        return path;
    }

    private static Path privateDirectory() {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            return Files.createTempDirectory(
                    parent,
                    "sockeye-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw failure("cannot make a directory in " + parent + " for the native library: " + e + ELSEWHERE, e);
        }
    }

    private static Path extract(Path directory) {
        String architecture = architecture();
        String resource = "native/linux-" + architecture + "/libsockeye.so";
        byte[] library = resource(resource, architecture);
        String wanted = new String(resource(resource + ".sha256", architecture), StandardCharsets.US_ASCII).strip();
        Path file = directory.resolve("libsockeye.so");
        try {
            Files.write(file, library, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            String found = sha256(Files.readAllBytes(file));
            if (!found.equals(wanted)) {
                throw new UnsatisfiedLinkError("the native library in the jar has SHA-256 " + found
                        + ", its build wrote " + wanted + ": the jar or " + file + " is damaged");
            }
            return file;
        } catch (IOException e) {
            throw failure("cannot write " + file + ": " + e + cause(e.toString()) + ELSEWHERE, e);
        }
    }

    private static byte[] resource(String name, String architecture) {
        try (InputStream stream = NativeLoader.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new UnsatisfiedLinkError("this jar has no native library for linux-" + architecture
                        + ": build Sockeye on such a machine, or name a library with -D" + PATH_PROPERTY
                        + "=/absolute/path/libsockeye.so");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw failure("cannot read " + name + " from the jar: " + e, e);
        }
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** What is behind it, where the system's own words do not say so. */
    private static String cause(String message) {
        if (message.contains("failed to map segment") || message.contains("Operation not permitted")) {
            return " (its directory is mounted noexec)";
        }
        return message.contains("No space left") || message.contains("Disk quota") ? " (the directory is full)" : "";
    }

    private static Throwable rootCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static UnsatisfiedLinkError failure(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return error;
    }

    private static void remove(Path directory) {
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            System.getLogger("dev.sockeye").log(System.Logger.Level.WARNING, "cannot remove " + directory, e);
        }
    }
}
