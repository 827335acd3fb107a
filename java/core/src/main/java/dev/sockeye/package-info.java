/**
 * UDP sockets for Linux with what the JDK's leave out: the address a datagram was sent to, the address an answer leaves
 * from, and many datagrams in one system call.
 *
 * <p>Start at {@link dev.sockeye.UdpSocket}. Names of kernel things keep the kernel's spelling. Nothing here returns or
 * takes {@code null} unless its documentation says so.
 */
package dev.sockeye;
