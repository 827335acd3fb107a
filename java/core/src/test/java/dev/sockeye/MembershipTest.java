package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.MembershipKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What java.nio.channels.MulticastChannel and MembershipKey promise. */
class MembershipTest {
    private final InetAddress group = InetAddress.getByName("239.192.77.2");
    private final InetAddress source = InetAddress.getByName("127.0.0.2");
    private final InetAddress source6 = InetAddress.getByName("::1");
    private final NetworkInterface lo = Loopback.networkInterface();
    private UdpSocket socket;

    MembershipTest() throws IOException {}

    @BeforeEach
    void open() throws IOException {
        socket = UdpSocket.open(INET).bind(null);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    @Test
    void shouldKnowWhatWasJoined() throws IOException {
        MembershipKey all = socket.join(group, lo);
        assertThat(all.channel()).isSameAs(socket);
        assertThat(all.group()).isEqualTo(group);
        assertThat(all.networkInterface()).isEqualTo(lo);
        assertThat(all.sourceAddress()).isNull();
        assertThat(all.isValid()).isTrue();
        assertThat(all.toString()).contains("239.192.77.2").contains(lo.getName());
        all.drop();
        assertThat(socket.join(group, lo, source).sourceAddress()).isEqualTo(source);
    }

    @Test
    void shouldReturnTheSameMembershipWhenJoinedAgain() throws IOException {
        MembershipKey key = socket.join(group, lo);
        assertThat(socket.join(group, lo)).isSameAs(key);
        key.drop();
        MembershipKey ofSource = socket.join(group, lo, source);
        assertThat(ofSource).isNotSameAs(key);
        assertThat(socket.join(group, lo, source)).isSameAs(ofSource);
    }

    @Test
    void shouldNotMixAWholeGroupAndItsSources() throws IOException {
        MembershipKey key = socket.join(group, lo);
        assertThatIllegalStateException()
                .isThrownBy(() -> socket.join(group, lo, source))
                .withMessageContaining("239.192.77.2");
        key.drop();
        socket.join(group, lo, source);
        assertThatIllegalStateException().isThrownBy(() -> socket.join(group, lo));
    }

    @Test
    void shouldRefuseAddressesThatAreNoGroup() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> socket.join(source, lo))
                .withMessageContaining("127.0.0.2");
    }

    @Test
    void shouldRefuseAnIpv6GroupOnAnIpv4Socket() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> socket.join(InetAddress.getByName("ff02::7777"), lo))
                .withMessageContaining("IPv6");
    }

    @Test
    void shouldRefuseSourcesThatAreNoSender() {
        assertThatIllegalArgumentException().isThrownBy(() -> socket.join(group, lo, group));
        assertThatIllegalArgumentException().isThrownBy(() -> socket.join(group, lo, source6));
        assertThatIllegalArgumentException().isThrownBy(() -> socket.join(group, lo, InetAddress.getByName("0.0.0.0")));
    }

    @Test
    void shouldBlockASourceOnce() throws IOException {
        MembershipKey key = socket.join(group, lo);
        assertThat(key.block(source)).isSameAs(key);
        assertThat(key.block(source)).isSameAs(key);
        assertThat(key.unblock(source)).isSameAs(key);
        assertThatIllegalStateException().isThrownBy(() -> key.unblock(source)).withMessageContaining("is not blocked");
    }

    @Test
    void shouldRefuseToBlockWhatCannotBeBlocked() throws IOException {
        MembershipKey key = socket.join(group, lo);
        assertThatIllegalArgumentException().isThrownBy(() -> key.block(source6));
        assertThatIllegalArgumentException().isThrownBy(() -> key.block(group));
        key.drop();
        assertThatIllegalStateException().isThrownBy(() -> key.block(source));
        MembershipKey ofSource = socket.join(group, lo, source);
        assertThatIllegalStateException().isThrownBy(() -> ofSource.block(source));
        assertThatIllegalStateException().isThrownBy(() -> ofSource.unblock(source));
    }

    @Test
    void shouldEndWithDropOrClose() throws IOException {
        MembershipKey dropped = socket.join(group, lo);
        dropped.drop();
        dropped.drop();
        assertThat(dropped.isValid()).isFalse();
        MembershipKey closed = socket.join(group, lo);
        socket.close();
        assertThat(closed.isValid()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> closed.block(source));
        closed.drop();
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> socket.join(group, lo));
    }

    @Test
    void shouldLeaveTheGroupWhenTheMembershipIsDropped() throws IOException {
        MembershipKey key = socket.join(group, lo);
        key.block(source);
        key.drop();
        MembershipKey again = socket.join(group, lo);
        assertThat(again).isNotSameAs(key);
        assertThatIllegalStateException()
                .as("the new membership blocks nobody")
                .isThrownBy(() -> again.unblock(source));
    }
}
