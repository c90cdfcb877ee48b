package dev.pagoda.deploy.demo;

/// A step of the demo that did not do what it should; the message says which and what came instead.
final class StepFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StepFailed(String message) {
        super(message);
    }

    StepFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
