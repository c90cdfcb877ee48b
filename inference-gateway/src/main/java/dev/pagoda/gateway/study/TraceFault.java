package dev.pagoda.gateway.study;

/// A file that cannot be read as what it should be: names the file, the line where there is one, and what was expected.
public final class TraceFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TraceFault(String message) {
        super(message);
    }

    public TraceFault(String message, Throwable cause) {
        super(message, cause);
    }
}
