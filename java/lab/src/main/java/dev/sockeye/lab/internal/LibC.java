package dev.sockeye.lab.internal;

/**
 * The functions of libc that namespaces and raw sockets need. No part of the API. Numbers and addresses only, so that jnr-ffi
 * makes plain calls of them; each returns -1 on failure and leaves the reason in errno.
 */
public interface LibC {

    /**
     * See open(2).
     *
     * @param path address of the path, which ends with a zero byte
     * @param flags the O_ flags
     * @return the descriptor, or -1
     */
    int open(long path, int flags);

    /**
     * See close(2).
     *
     * @param descriptor what to close
     * @return 0, or -1
     */
    int close(int descriptor);

    /**
     * See unshare(2). It moves the calling thread only.
     *
     * @param flags the CLONE_ flags
     * @return 0, or -1
     */
    int unshare(int flags);

    /**
     * See setns(2). It moves the calling thread only.
     *
     * @param descriptor an open namespace
     * @param type the CLONE_ flag of the kind of namespace
     * @return 0, or -1
     */
    int setns(int descriptor, int type);

    /**
     * See socket(2).
     *
     * @param family the AF_ constant
     * @param type the SOCK_ constants
     * @param protocol the protocol's number
     * @return the descriptor, or -1
     */
    int socket(int family, int type, int protocol);

    /**
     * See setsockopt(2).
     *
     * @param descriptor the socket
     * @param level where the option belongs
     * @param option its number
     * @param value address of the value
     * @param length the value's length
     * @return 0, or -1
     */
    int setsockopt(int descriptor, int level, int option, long value, int length);

    /**
     * See sendmsg(2). (Not sendto, since jnr-ffi 2.3.4 gives a wrong sixth argument on x86-64: its issue 181.)
     *
     * @param descriptor the socket
     * @param message address of the struct msghdr
     * @param flags the MSG_ flags
     * @return how many bytes were sent, or -1
     */
    long sendmsg(int descriptor, long message, int flags);
}
