/**
 * Measurements as one HTML file that needs nothing else.
 *
 * <p>Start with {@link dev.sockeye.report.Report}.
 */
package dev.sockeye.report;
