/** The {@code sockeye} command. */
module dev.sockeye.tools {
    requires HdrHistogram;
    requires com.fasterxml.jackson.core;
    requires dev.sockeye;
    requires dev.sockeye.lab;
    requires dev.sockeye.report;
    requires info.picocli;

    opens dev.sockeye.tools to
            info.picocli;
}
