package dev.sockeye.tools;

/**
 * What the flows of one worker have in common in a run.
 *
 * @param payload its reading side is for the thread that takes answers
 * @param clock for the thread that takes answers
 */
record LoadContext(LoadPlan plan, LoadPhase phase, LoadTally tally, LoadPayload payload, LoadClock clock) {}
