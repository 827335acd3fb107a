/** Measurements as one HTML file that needs nothing else: {@link dev.sockeye.report.Report}. */
module dev.sockeye.report {
    requires com.fasterxml.jackson.core;

    exports dev.sockeye.report;
}
