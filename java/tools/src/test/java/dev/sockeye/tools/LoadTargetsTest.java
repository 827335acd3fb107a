package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.PacketBatch;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadTargetsTest {
    private static final int LINK = 7;

    private final PacketBatch batch = PacketBatch.allocate(1, 16);

    private static InetSocketAddress endpoint(String address, int scopeId) throws Exception {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        return new InetSocketAddress(Inet6Address.getByAddress(null, bytes, scopeId), 7007);
    }

    private boolean isFrom(LoadTargets targets, InetSocketAddress source) {
        batch.clear();
        return targets.isFrom(0, batch.add().remote(source));
    }

    @Test
    void shouldTellLinksApart() throws Exception {
        LoadTargets targets = new LoadTargets(List.of(endpoint("fe80::1", LINK)));

        assertThat(isFrom(targets, endpoint("fe80::1", LINK))).isTrue();
        assertThat(isFrom(targets, endpoint("fe80::1", LINK + 1))).isFalse();
        assertThat(isFrom(targets, endpoint("fe80::2", LINK))).isFalse();
    }

    /** The kernel tells none. */
    @Test
    void shouldAskNoLinkOfOtherAddresses() throws Exception {
        LoadTargets targets = new LoadTargets(List.of(endpoint("::1", 1)));

        assertThat(isFrom(targets, endpoint("::1", 0))).isTrue();
    }
}
