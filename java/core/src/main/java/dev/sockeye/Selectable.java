package dev.sockeye;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import jdk.nio.Channels;

/**
 * What a socket shows to the JDK's selectors: a channel on a second descriptor of it.
 *
 * <p>A selector keeps a descriptor's number in use until it has looked at its keys again, also after the close. On a
 * descriptor of its own that keeps neither the socket's port nor its number busy: the close puts a dead socket behind
 * this number, as the JDK does with its own channels. A socket that other processes have lives on, and stays there until
 * the selector has let go of it.
 */
final class Selectable implements Channels.SelectableChannelCloser {
    private final Descriptor duplicate;
    /** Not collected before the channel that a selector holds. */
    private final LinuxSocket<?> owner;

    private Selectable(Descriptor duplicate, LinuxSocket<?> owner) {
        this.duplicate = duplicate;
        this.owner = owner;
    }

    static SelectableChannel of(LinuxSocket<?> owner) throws IOException {
        int fd = owner.descriptor.call(Native.CALLS::sockeye_duplicate, () -> "dup(" + owner + ")");
        Descriptor duplicate = new Descriptor(fd);
        try {
            SelectableChannel channel =
                    Channels.readWriteSelectableChannel(FileDescriptors.of(fd), new Selectable(duplicate, owner));
            duplicate.closeWith(channel);
            return channel;
        } catch (RuntimeException | Error e) {
            duplicate.close();
            throw e;
        }
    }

    @Override
    public void implCloseChannel(SelectableChannel channel) throws IOException {
        // epoll watches the socket and not the number: one that stays open, here or in another process, must stay
        // behind
        // the number that the selector will take out of its set, or it would be found ready for ever.
        if (!owner.isOpen() && !owner.isLent()) {
            // With no descriptor left for a dead socket this fails: then the port is free once the selector has looked.
            duplicate.tryCall(Native.CALLS::sockeye_retire);
        }
        if (!channel.isRegistered()) {
            duplicate.close();
        }
    }

    @Override
    public void implReleaseChannel(SelectableChannel channel) throws IOException {
        duplicate.close();
    }
}
