package dev.sockeye.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;

/**
 * Netty's native datagram channels with one event loop: what was received goes back without a copy, and what one turn of
 * the loop wrote is flushed at its end.
 */
final class NettyEcho implements EchoServer {
    /** As many datagrams in one recvmmsg as Sockeye's batch has slots. */
    private static final int DATAGRAMS_PER_READ = 64;

    private final EventLoopGroup loop;
    private final Channel channel;

    private NettyEcho(IoHandlerFactory transport, Bootstrap bootstrap, DoubleConsumer allocated) {
        loop = new MultiThreadIoEventLoopGroup(1, transport);
        channel = bootstrap
                .group(loop)
                .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
                .handler(new Handler(allocated))
                .bind(new InetSocketAddress(0))
                .syncUninterruptibly()
                .channel();
    }

    /** @throws UnsatisfiedLinkError when this machine has no epoll transport of Netty */
    static NettyEcho openEpoll(DoubleConsumer allocated) {
        Epoll.ensureAvailability();
        return new NettyEcho(EpollIoHandler.newFactory(), bootstrap(EpollDatagramChannel.class), allocated);
    }

    /** @throws UnsatisfiedLinkError when this machine has no epoll transport of Netty */
    static NettyEcho openRecvmmsg(DoubleConsumer allocated) {
        Epoll.ensureAvailability();
        Bootstrap bootstrap = bootstrap(EpollDatagramChannel.class)
                .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, PAYLOAD_BYTES)
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(DATAGRAMS_PER_READ * PAYLOAD_BYTES));
        return new NettyEcho(EpollIoHandler.newFactory(), bootstrap, allocated);
    }

    /** @throws UnsatisfiedLinkError when this machine has no io_uring transport of Netty, or its kernel refuses it */
    static NettyEcho openIoUring(DoubleConsumer allocated) {
        IoUring.ensureAvailability();
        return new NettyEcho(IoUringIoHandler.newFactory(), bootstrap(IoUringDatagramChannel.class), allocated);
    }

    private static Bootstrap bootstrap(Class<? extends DatagramChannel> channel) {
        return new Bootstrap().channel(channel);
    }

    @Override
    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() throws InterruptedException {
        channel.close().sync();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private static final class Handler extends ChannelInboundHandlerAdapter {
        private final DoubleConsumer allocated;
        private AllocationMeter meter;

        Handler(DoubleConsumer allocated) {
            this.allocated = allocated;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) { // in the event loop's thread
            meter = new AllocationMeter(allocated);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket request = (DatagramPacket) message;
            context.write(new DatagramPacket(request.content(), request.sender()), context.voidPromise());
            meter.count(1);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }
}
