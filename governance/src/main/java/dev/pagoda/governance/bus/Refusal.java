package dev.pagoda.governance.bus;

/// An expected "no": a value, not a fault. Protocol packages turn it into their own error body.
///
/// @param reason            the kind, which decides the HTTP status
/// @param code              the module's own code, lower_snake_case, for example `model_not_found`
/// @param message           what happened, the value, what would have been right
/// @param retryAfterSeconds when to try again, 0 when unknown or useless
public record Refusal(Reason reason, String code, String message, int retryAfterSeconds) {
    public Refusal {
        if (retryAfterSeconds < 0) {
            throw new IllegalArgumentException("retryAfterSeconds " + retryAfterSeconds + " is below 0");
        }
    }

    public static Refusal of(Reason reason, String code, String message) {
        return new Refusal(reason, code, message, 0);
    }

    /// The refusal as a throwable that fails a future.
    public Refused asException() {
        return new Refused(this);
    }

    /// Kinds of refusal with the HTTP status that each maps to.
    public enum Reason {
        INVALID(400),
        UNAUTHENTICATED(401),
        FORBIDDEN(403),
        NOT_FOUND(404),
        METHOD_NOT_ALLOWED(405),
        CONFLICT(409),
        TOO_LARGE(413),
        UNPROCESSABLE(422),
        EXHAUSTED(429),
        INTERNAL(500),
        UNAVAILABLE(503),
        DEADLINE(504),
        INSUFFICIENT_STORAGE(507);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }
}
