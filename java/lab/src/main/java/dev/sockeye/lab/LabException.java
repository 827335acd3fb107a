package dev.sockeye.lab;

/**
 * A lab could not be built or changed. The text names the host, the command or line that failed, and what the tool or
 * the kernel said about it.
 */
public final class LabException extends RuntimeException {

    private static final long serialVersionUID = 1;

    LabException(String message) {
        super(message);
    }

    LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
