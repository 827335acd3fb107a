package dev.sockeye.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.file.Path;

/**
 * A function of C by java.lang.foreign, which JDK 22 and newer have. It is reached by reflection, since this is compiled
 * for 17; the handle that comes out is the same one.
 */
final class ForeignCall {
    static final int FIRST_JDK = 22;

    private ForeignCall() {}

    /** {@return a handle for int(int, long, long), or null on a JDK that has none} */
    static MethodHandle find(Path library, String function) {
        if (Runtime.version().feature() < FIRST_JDK) {
            return null;
        }
        try {
            Class<?> arena = Class.forName("java.lang.foreign.Arena");
            Class<?> lookup = Class.forName("java.lang.foreign.SymbolLookup");
            Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
            Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
            Class<?> valueLayout = Class.forName("java.lang.foreign.ValueLayout");
            Class<?> descriptor = Class.forName("java.lang.foreign.FunctionDescriptor");
            Class<?> linker = Class.forName("java.lang.foreign.Linker");
            Class<?> linkerOption = Class.forName("java.lang.foreign.Linker$Option");

            Object global = arena.getMethod("global").invoke(null);
            Object symbols =
                    lookup.getMethod("libraryLookup", Path.class, arena).invoke(null, library, global);
            Object address = lookup.getMethod("findOrThrow", String.class).invoke(symbols, function);
            Object ofInt = valueLayout.getField("JAVA_INT").get(null);
            Object ofLong = valueLayout.getField("JAVA_LONG").get(null);
            Object arguments = Array.newInstance(layout, 3);
            Array.set(arguments, 0, ofInt);
            Array.set(arguments, 1, ofLong);
            Array.set(arguments, 2, ofLong);
            Object signature =
                    descriptor.getMethod("of", layout, arguments.getClass()).invoke(null, ofInt, arguments);
            Object noOptions = Array.newInstance(linkerOption, 0);
            Method downcall = linker.getMethod("downcallHandle", segment, descriptor, noOptions.getClass());
            Object nativeLinker = linker.getMethod("nativeLinker").invoke(null);
            return (MethodHandle) downcall.invoke(nativeLinker, address, signature, noOptions);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("java.lang.foreign is not as it was in JDK " + FIRST_JDK, e);
        }
    }
}
