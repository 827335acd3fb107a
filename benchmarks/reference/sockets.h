/* What the echo server and the generator ask of a socket in the same way. */
#ifndef REFERENCE_SOCKETS_H
#define REFERENCE_SOCKETS_H

enum { WANTED_RECEIVE_BUFFER = 4 * 1024 * 1024 };

/*
 * Asks for WANTED_RECEIVE_BUFFER, of which the kernel grants net.core.rmem_max at most: not SO_RCVBUFFORCE, since the
 * servers in Java cannot ask for that. Returns what SO_RCVBUF says afterwards, which counts the kernel's own overhead
 * too and is twice the size that was granted; or -1 with errno.
 */
int enlarge_receive_buffer(int fd);

#endif
