package dev.sockeye.tools;

import java.io.IOException;

/** What one thread does in a run, until the run is over. */
interface LoadLoop {
    /** @param cpu of this thread, which ends it when the sending is over */
    void run(LoadCpuMeter cpu) throws IOException;
}
