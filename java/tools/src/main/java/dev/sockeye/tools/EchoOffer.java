package dev.sockeye.tools;

import dev.sockeye.Handover;
import dev.sockeye.HandoverOffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Offers echo's sockets to the next one, and ends this one's loops once they are taken. */
final class EchoOffer implements Closeable {
    private final HandoverOffer offer;
    private final List<EchoLoop> loops;

    /** @param loops whose sockets are offered, in this order */
    EchoOffer(Path path, List<EchoLoop> loops) throws IOException {
        this.loops = loops;
        this.offer = Handover.offer(path, loops.stream().map(EchoLoop::socket).toList());
    }

    /**
     * Waits for the next echo in a thread of its own.
     *
     * @param threads of the loops
     * @param end is run once another has the sockets, and all that the loops had in hand is done
     * @param complain is told when the sockets cannot be offered any more
     */
    void start(List<Thread> threads, Runnable end, Consumer<String> complain) {
        Thread thread = new Thread(
                () -> {
                    try {
                        offer.await();
                        leave(threads);
                        end.run();
                    } catch (ClosedChannelException | InterruptedException e) { // echo ends without a successor
                        return;
                    } catch (IOException e) {
                        complain.accept("the sockets are not offered to a successor any more: " + e.getMessage());
                    }
                },
                "sockeye-echo-offer");
        thread.setDaemon(true);
        thread.start();
    }

    private void leave(List<Thread> threads) throws InterruptedException {
        loops.forEach(EchoLoop::leave);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** {@return whether another has the sockets, so that the loops end one by one} */
    boolean isTaken() {
        return offer.isTaken();
    }

    @Override
    public void close() throws IOException {
        offer.close();
    }
}
