package dev.sockeye.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/** Standard output whose failures end the command: PrintStream and PrintWriter only remember them. */
final class Stdout extends Writer {
    @Override
    public void write(char[] text, int offset, int length) {
        System.out.print(String.valueOf(text, offset, length));
    }

    @Override
    public void flush() {
        if (System.out.checkError()) {
            throw new UncheckedIOException(
                    new IOException("standard output takes no more: its reader has gone, or its disk is full"));
        }
    }

    @Override
    public void close() {
        flush();
    }
}
