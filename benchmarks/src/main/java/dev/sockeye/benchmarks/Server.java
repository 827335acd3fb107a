package dev.sockeye.benchmarks;

/** The servers in Java that are compared. */
enum Server {
    SOCKEYE("Sockeye, batch of 64", "sockeye-64"),
    SOCKEYE_SINGLE("Sockeye, batch of 1", "sockeye-1"),
    JDK_CHANNEL("DatagramChannel", "jdk-channel"),
    JDK_SOCKET("DatagramSocket", "jdk-socket"),
    NETTY_EPOLL("Netty epoll", "netty-epoll"),
    NETTY_RECVMMSG("Netty epoll with recvmmsg", "netty-recvmmsg"),
    NETTY_IO_URING("Netty io_uring", "netty-io_uring");

    private final String label;
    private final String serverName;

    Server(String label, String serverName) {
        this.label = label;
        this.serverName = serverName;
    }

    String label() {
        return label;
    }

    /** As {@link EchoServers#open} takes it. */
    String serverName() {
        return serverName;
    }
}
