package dev.sockeye.lab.internal;

/**
 * The four functions of libc that namespaces need. No part of the API. Numbers and addresses only, so that jnr-ffi
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
}
