package dev.sockeye.ffi;

import jnr.ffi.annotations.IgnoreError;

/**
 * The functions of {@code native/include/sockeye.h}, which says what each does. Arguments are integers and raw addresses,
 * at most five, since jnr-ffi 2.3.4 garbles a sixth, and errno is not saved, so that jnr-ffi compiles each to a plain
 * jump.
 */
public interface SockeyeLibrary {
    /** {@return the ABI version of the library} */
    @IgnoreError
    int sockeye_abi_version();

    /**
     * Looks a constant up.
     *
     * @param name address of its name, NUL-terminated
     * @return its value, or -errno
     */
    @IgnoreError
    long sockeye_constant(long name);

    /**
     * Opens a socket.
     *
     * @param family AF_INET or AF_INET6
     * @param type SOCK_DGRAM or SOCK_STREAM
     * @return the descriptor, or -errno
     */
    @IgnoreError
    int sockeye_socket(int family, int type);

    /**
     * Binds a socket.
     *
     * @param fd the descriptor
     * @param family the socket's family
     * @param address address of a sockeye_address
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_bind(int fd, int family, long address);

    /**
     * Connects a socket.
     *
     * @param fd the descriptor
     * @param family the socket's family
     * @param address address of a sockeye_address
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_connect(int fd, int family, long address);

    /**
     * Takes the peer away.
     *
     * @param fd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_disconnect(int fd);

    /**
     * Asks for the socket's own name.
     *
     * @param fd the descriptor
     * @param address address of the sockeye_address to fill
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_local_name(int fd, long address);

    /**
     * Asks for the peer's name.
     *
     * @param fd the descriptor
     * @param address address of the sockeye_address to fill
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_peer_name(int fd, long address);

    /**
     * Sets an option.
     *
     * @param fd the descriptor
     * @param level its level
     * @param name its name
     * @param value address of the value
     * @param bytes length of the value
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_set_option(int fd, int level, int name, long value, int bytes);

    /**
     * Reads an option.
     *
     * @param fd the descriptor
     * @param level its level
     * @param name its name
     * @param value address for the value
     * @param bytes room for the value
     * @return the value's length, or -errno
     */
    @IgnoreError
    int sockeye_get_option(int fd, int level, int name, long value, int bytes);

    /**
     * Attaches a program that picks the member of a SO_REUSEPORT group.
     *
     * @param fd the descriptor of a member
     * @param instructions address of the instructions
     * @param count how many
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_attach_reuseport(int fd, long instructions, int count);

    /**
     * Changes a multicast membership.
     *
     * @param fd the descriptor
     * @param option MCAST_JOIN_GROUP and its relatives
     * @param interfaceIndex the interface
     * @param group address of a sockeye_address
     * @param source address of a sockeye_address, or 0
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_membership(int fd, int option, int interfaceIndex, long group, long source);

    /**
     * Makes a second descriptor of the same socket.
     *
     * @param fd the descriptor
     * @return the new descriptor, or -errno
     */
    @IgnoreError
    int sockeye_duplicate(int fd);

    /**
     * Puts a dead socket behind a descriptor.
     *
     * @param fd the descriptor
     * @return its number, or -errno
     */
    @IgnoreError
    int sockeye_retire(int fd);

    /**
     * Ends all calls on the socket.
     *
     * @param fd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_shutdown(int fd);

    /**
     * Opens what wakes calls on shared sockets.
     *
     * @return the descriptor, or -errno
     */
    @IgnoreError
    int sockeye_wake_open();

    /**
     * Ends the calls that have it as their wakeFd.
     *
     * @param wakeFd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_wake(int wakeFd);

    /**
     * Makes a descriptor close-on-exec.
     *
     * @param fd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_close_on_exec(int fd);

    /**
     * Tells which CPUs the calling thread may run on.
     *
     * @param index counted from 0
     * @return the CPU's number, or -errno
     */
    @IgnoreError
    int sockeye_allowed_cpu(int index);

    /**
     * Keeps the calling thread on one CPU.
     *
     * @param cpu its number
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_pin_thread(int cpu);

    /**
     * Frees the descriptor.
     *
     * @param fd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_close(int fd);

    /**
     * Asks how much memory a batch needs.
     *
     * @param slots packets
     * @param payloadCapacity bytes each
     * @return bytes, or -errno
     */
    @IgnoreError
    long sockeye_batch_bytes(int slots, int payloadCapacity);

    /**
     * Lays a batch out.
     *
     * @param batch address of its memory
     * @param bytes length of its memory
     * @param slots packets
     * @param payloadCapacity bytes each
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_batch_init(long batch, long bytes, int slots, int payloadCapacity);

    /**
     * Receives a batch.
     *
     * @param fd the descriptor
     * @param batch address of the batch
     * @param timeoutNanos negative: wait; 0: do not wait
     * @param wakeFd what ends the wait, or -1
     * @return packets received, or -errno
     */
    @IgnoreError
    int sockeye_receive(int fd, long batch, long timeoutNanos, int wakeFd);

    /**
     * Takes entries of the error queue.
     *
     * @param fd the descriptor
     * @param batch address of the batch
     * @return entries taken, or -errno
     */
    @IgnoreError
    int sockeye_receive_errors(int fd, long batch);

    /**
     * Sends a batch's outgoing packets.
     *
     * @param fd the descriptor
     * @param family the socket's family
     * @param batch address of the batch
     * @param wait 0: do not wait for room
     * @param wakeFd what ends the wait, or -1
     * @return packets sent, or -errno
     */
    @IgnoreError
    int sockeye_send(int fd, int family, long batch, int wait, int wakeFd);

    /**
     * Listens on a Unix socket at a path.
     *
     * @param path address of the path, NUL-terminated
     * @return the descriptor, or -errno
     */
    @IgnoreError
    int sockeye_unix_listen(long path);

    /**
     * Connects to a Unix socket at a path.
     *
     * @param path address of the path, NUL-terminated
     * @return the descriptor, or -errno
     */
    @IgnoreError
    int sockeye_unix_connect(long path);

    /**
     * Waits for a connection of this user's.
     *
     * @param fd the descriptor
     * @param wakeFd what ends the wait, or -1
     * @return the connection's descriptor, or -errno
     */
    @IgnoreError
    int sockeye_unix_accept(int fd, int wakeFd);

    /**
     * Sends descriptors over a Unix socket.
     *
     * @param fd the descriptor
     * @param message address of a sockeye_descriptors
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_send_descriptors(int fd, long message);

    /**
     * Receives descriptors over a Unix socket.
     *
     * @param fd the descriptor
     * @param message address of a sockeye_descriptors
     * @param timeoutNanos negative: no limit
     * @param wakeFd what ends the wait, or -1
     * @return how many came, or -errno
     */
    @IgnoreError
    int sockeye_receive_descriptors(int fd, long message, long timeoutNanos, int wakeFd);

    /**
     * Makes a stream socket listen.
     *
     * @param fd the descriptor
     * @param backlog connections that may wait
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_listen(int fd, int backlog);

    /**
     * Takes a connection.
     *
     * @param fd the listening descriptor
     * @param address address of the sockeye_address to fill with the peer's
     * @param timeoutNanos negative: wait; 0: do not wait
     * @param wakeFd what ends the wait, or -1
     * @return the connection's descriptor, or -errno
     */
    @IgnoreError
    int sockeye_accept(int fd, long address, long timeoutNanos, int wakeFd);

    /**
     * Connects a stream socket.
     *
     * @param fd the descriptor
     * @param family the socket's family
     * @param address address of a sockeye_address
     * @param timeoutNanos negative: wait; 0: do not wait
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_connect_stream(int fd, int family, long address, long timeoutNanos);

    /**
     * Reads from a stream.
     *
     * @param fd the descriptor
     * @param memory address for the bytes
     * @param bytes room, at least 1
     * @param timeoutNanos negative: wait; 0: do not wait
     * @return bytes read, 0 at the end, or -errno
     */
    @IgnoreError
    int sockeye_read(int fd, long memory, int bytes, long timeoutNanos);

    /**
     * Writes to a stream.
     *
     * @param fd the descriptor
     * @param memory address of the bytes
     * @param bytes how many, at least 1
     * @param wait 0: do not wait for room
     * @return bytes taken, or -errno
     */
    @IgnoreError
    int sockeye_write(int fd, long memory, int bytes, int wait);

    /**
     * Ends one direction of a stream.
     *
     * @param fd the descriptor
     * @param how SHUT_RD or SHUT_WR
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_shutdown_side(int fd, int how);

    /**
     * Ends all calls on a stream socket.
     *
     * @param fd the descriptor
     * @return 0, or -errno
     */
    @IgnoreError
    int sockeye_end_stream(int fd);
}
