package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.MembershipKey;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NullArgumentTest {
    /** Those whose documentation says what null means. */
    private static final Set<String> TAKE_NULL = Set.of("LinuxSocket.bind", "Packet.local");

    static Stream<Arguments> references() {
        return Stream.of(
                        UdpSocket.class,
                        PacketBatch.class,
                        Packet.class,
                        Membership.class,
                        TcpListener.class,
                        TcpSocket.class)
                .flatMap(type -> PublicMethods.of(type).stream())
                .flatMap(method -> Stream.iterate(0, i -> i + 1)
                        .limit(method.getParameterCount())
                        .filter(i -> !method.getParameterTypes()[i].isPrimitive())
                        .map(i -> Arguments.of(method, i)));
    }

    @ParameterizedTest
    @MethodSource("references")
    void shouldRefuseNullOrSayWhatItMeans(Method method, int parameter) throws Exception {
        Object[] arguments = PublicMethods.arguments(method);
        arguments[parameter] = null;
        boolean takesNull = TAKE_NULL.contains(method.getDeclaringClass().getSimpleName() + "." + method.getName());
        assertThat(call(method, arguments)).isEqualTo(takesNull ? null : NullPointerException.class);
    }

    private static Class<?> call(Method method, Object[] arguments) throws IOException, IllegalAccessException {
        try (UdpSocket socket = UdpSocket.open(Loopback.INET);
                TcpPair pair = TcpPair.open();
                TcpSocket unconnected = TcpSocket.open(Loopback.INET)) {
            TcpSocket tcp = method.getName().equals("connect") ? unconnected : pair.client;
            PacketBatch batch = PacketBatch.allocate(1, 10);
            Packet packet = batch.add();
            MembershipKey key =
                    socket.join(java.net.InetAddress.getByName("239.192.77.4"), Loopback.networkInterface());
            for (Object target : new Object[] {socket, batch, packet, key, pair.listener, tcp}) {
                if (method.getDeclaringClass().isInstance(target)) {
                    method.setAccessible(true);
                    method.invoke(target, arguments);
                    return null;
                }
            }
            throw new AssertionError("nothing to call " + method + " on");
        } catch (InvocationTargetException e) {
            return e.getCause().getClass();
        }
    }
}
