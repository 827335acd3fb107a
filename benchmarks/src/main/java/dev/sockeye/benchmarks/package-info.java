/** Benchmarks: what a call costs, and what Sockeye's echo costs beside plain C. */
package dev.sockeye.benchmarks;
