package dev.sockeye;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The public methods of a type, and a valid argument for each of their parameters. */
final class PublicMethods {
    private PublicMethods() {}

    static List<Method> of(Class<?> type) {
        Stream<Method> own = Arrays.stream(type.getDeclaredMethods());
        Stream<Method> inherited = type.getSuperclass() == LinuxSocket.class
                ? Arrays.stream(LinuxSocket.class.getDeclaredMethods())
                : Stream.empty();
        return Stream.concat(own, inherited)
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .peek(method -> method.setAccessible(true))
                .sorted(Comparator.comparing(Method::toString))
                .toList();
    }

    static Object[] arguments(Method method) throws IOException {
        Map<Class<?>, Object> samples = new HashMap<>();
        samples.put(int.class, 1);
        samples.put(byte[].class, new byte[4]);
        samples.put(ByteBuffer.class, ByteBuffer.allocate(4));
        samples.put(Object.class, true);
        samples.put(SocketOption.class, StandardSocketOptions.SO_REUSEADDR);
        samples.put(ProtocolFamily.class, Loopback.INET);
        samples.put(SocketAddress.class, new InetSocketAddress("127.0.0.1", 9));
        samples.put(InetSocketAddress.class, new InetSocketAddress("127.0.0.1", 9));
        samples.put(InetAddress.class, InetAddress.getByName("239.192.77.3"));
        samples.put(NetworkInterface.class, Loopback.networkInterface());
        samples.put(Duration.class, Duration.ZERO);
        samples.put(Consumer.class, (Consumer<Object>) ignored -> {});
        samples.put(SourcePolicy.class, SourcePolicy.KERNEL);
        samples.put(PacketBatch.class, PacketBatch.allocate(1, 10));
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(type -> {
                    if (!samples.containsKey(type)) {
                        throw new AssertionError("add a sample of " + type + " for " + method);
                    }
                    return samples.get(type);
                })
                .toArray();
        if (method.getName().equals("join") && arguments.length == 3) {
            arguments[2] = InetAddress.getByName("127.0.0.2"); // the source
        }
        return arguments;
    }
}
