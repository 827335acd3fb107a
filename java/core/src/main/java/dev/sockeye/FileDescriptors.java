package dev.sockeye;

import java.io.FileDescriptor;

/** Makes a java.io.FileDescriptor of a number, by JNI: Java itself has no way that needs no --add-opens. */
final class FileDescriptors {
    private FileDescriptors() {}

    static FileDescriptor of(int fd) {
        Native.requireJni();
        FileDescriptor descriptor = new FileDescriptor();
        set(descriptor, fd);
        return descriptor;
    }

    /** In native/src/jni.c. */
    private static native void set(FileDescriptor descriptor, int fd);
}
