package dev.sockeye.tools;

import java.io.IOException;

/** What one thread does in a run, until the run is over. */
interface LoadLoop {
    void run() throws IOException;
}
