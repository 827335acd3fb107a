package dev.sockeye.tools;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.function.Consumer;

/** Waits for answers on some flows. One thread. */
final class LoadReceiver implements Closeable {
    /** What to do with a flow that has got answers. */
    interface Then {
        void accept(LoadFlow flow) throws IOException;
    }

    private final Then then;
    private final Consumer<SelectionKey> onReady = this::takeReady;
    /** The only one; or null, and the selector has them. */
    private final LoadFlow single;

    private final Selector selector;

    LoadReceiver(List<LoadFlow> flows, Then then) throws IOException {
        this.then = then;
        this.single = flows.size() == 1 ? flows.get(0) : null;
        this.selector = flows.size() == 1 ? null : Selector.open();
        if (selector == null) {
            return;
        }
        try {
            for (LoadFlow flow : flows) {
                flow.selectable().configureBlocking(false);
                flow.selectable().register(selector, SelectionKey.OP_READ, flow);
            }
        } catch (IOException | RuntimeException | Error e) {
            selector.close();
            throw e;
        }
    }

    /** Takes what is there; waits for the first answer, no longer than a tick. */
    void receive() throws IOException {
        if (single == null) {
            selector.select(onReady, LoadPhase.TICK.toMillis());
        } else if (single.receive(true)) {
            then.accept(single);
        }
    }

    private void takeReady(SelectionKey key) {
        LoadFlow flow = (LoadFlow) key.attachment();
        try {
            if (flow.receive(false)) {
                then.accept(flow);
            }
            if (flow.isBroken()) {
                key.cancel(); // its end would be ready for ever
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (selector != null) {
            selector.close();
        }
    }
}
