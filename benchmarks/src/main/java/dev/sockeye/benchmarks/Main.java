package dev.sockeye.benchmarks;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The benchmarks' jar: says what there is, runs one of two profiles, or hands its arguments on to JMH. */
public final class Main {
    private static final String FOREIGN = NativeCallBenchmark.class.getSimpleName() + ".foreign";
    private static final int WARNS_OF_NATIVE_ACCESS = 24;

    private Main() {}

    /**
     * Lists, or runs.
     *
     * @param arguments none, quick, full, or JMH's own
     * @throws Exception when JMH cannot run
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            list();
        } else if (arguments.length == 1 && arguments[0].equals("quick")) {
            run(quick());
        } else if (arguments.length == 1 && arguments[0].equals("full")) {
            run(full());
        } else {
            org.openjdk.jmh.Main.main(arguments);
        }
    }

    private static void list() throws Exception {
        System.out.println(
                """
                java -jar benchmarks/target/benchmarks.jar quick      a glance at each, in two minutes
                java -jar benchmarks/target/benchmarks.jar full       all of them, in about 25 minutes
                java -jar benchmarks/target/benchmarks.jar ARGUMENTS  as JMH takes them: a pattern of names, -p, -prof gc, -h

                benchmarks/compare compares servers as processes, which is where the figures of README come from.
                """);
        CommandLineOptions all = new CommandLineOptions();
        new Runner(all).listWithParams(all);
    }

    private static void run(ChainedOptionsBuilder options) throws Exception {
        if (Runtime.version().feature() < ForeignCall.FIRST_JDK) {
            System.out.println("skipped " + FOREIGN + ": needs JDK " + ForeignCall.FIRST_JDK + " or newer");
            options.exclude(FOREIGN);
        }
        new Runner(options.build()).run();
    }

    private static ChainedOptionsBuilder full() {
        ChainedOptionsBuilder options = new OptionsBuilder().addProfiler(GCProfiler.class);
        return Runtime.version().feature() < WARNS_OF_NATIVE_ACCESS
                ? options
                : options.jvmArgsAppend("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }

    private static ChainedOptionsBuilder quick() {
        return full().forks(1)
                .warmupIterations(1)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(2)
                .measurementTime(TimeValue.milliseconds(500))
                .param("server", "sockeye-1", "sockeye-64", "jdk-channel", "netty-recvmmsg", "c-batch")
                .param("option", "none", "IP_PKTINFO", "all")
                .param("steering", "off", "flow")
                .param("entries", "32");
    }
}
