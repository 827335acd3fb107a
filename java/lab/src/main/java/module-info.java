/**
 * Several hosts on one machine, built of Linux network namespaces: {@link dev.sockeye.lab.Lab} makes hosts and links
 * them, and code of this JVM runs on any of them. For tests of network code and for demonstrations.
 */
module dev.sockeye.lab {
    requires org.jnrproject.ffi;
    requires org.jnrproject.constants;
    // jnr-ffi makes classes with it, and as an automatic module cannot say so itself.
    requires org.objectweb.asm;
    // Not transitive: then whoever compiles against this module would need JUnit.
    requires static org.junit.jupiter.api;

    exports dev.sockeye.lab;
    // jnr-ffi implements the interface of this package in a class of an unnamed module, which must see it.
    exports dev.sockeye.lab.internal;
}
