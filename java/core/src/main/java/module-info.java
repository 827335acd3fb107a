/**
 * Sockets for Linux: UDP that knows which address a datagram was sent to and answers from it, and hears what the network
 * says of what it sent; groups of sockets on one port; TCP.
 *
 * <p>The API is the package {@code dev.sockeye}. The package {@code dev.sockeye.ffi} is exported for jnr-ffi alone, whose
 * generated code lives in an unnamed module; it is no API and changes without notice.
 */
module dev.sockeye {
    requires jdk.net; // jdk.nio.Channels: what selectors wait on
    requires org.jnrproject.ffi;
    requires org.jnrproject.jffi; // jnr-ffi's own lower half: where it unpacks its library, and which symbols there are
    requires org.jnrproject.constants;
    requires org.objectweb.asm; // jnr-ffi needs it, and has no descriptor of its own to say so

    exports dev.sockeye;
    exports dev.sockeye.ffi;
}
