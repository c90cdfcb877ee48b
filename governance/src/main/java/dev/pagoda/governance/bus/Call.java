package dev.pagoda.governance.bus;

import dev.pagoda.governance.api.Principal;
import java.time.Duration;
import java.util.UUID;

/// The circumstances of a request, carried unchanged through every module it passes.
///
/// @param principal     who asks
/// @param trace         request id, 1 to 128 characters; also the `x-request-id` of the HTTP response
/// @param deadlineNanos `System.nanoTime()` value after which nobody waits for the answer any more
public record Call(Principal principal, String trace, long deadlineNanos) {
    /// No call may wait longer than this.
    public static final Duration MAX_WAIT = Duration.ofHours(1);

    public Call {
        if (trace.isBlank() || trace.length() > 128) {
            throw new IllegalArgumentException("trace has " + trace.length() + " characters, 1 to 128 are allowed");
        }
    }

    /// A call that expires after `wait`, counted from now.
    public static Call within(Principal principal, String trace, Duration wait) {
        if (wait.isNegative() || wait.isZero() || wait.compareTo(MAX_WAIT) > 0) {
            throw new IllegalArgumentException("wait " + wait + " is not within 1 ns to " + MAX_WAIT);
        }
        return new Call(principal, trace, System.nanoTime() + wait.toNanos());
    }

    /// A call of the platform itself with a fresh trace.
    public static Call platform(Duration wait) {
        return within(Principal.PLATFORM, UUID.randomUUID().toString(), wait);
    }

    public String tenant() {
        return principal.tenant();
    }

    /// Time left; zero or negative when the deadline has passed.
    public Duration remaining() {
        return Duration.ofNanos(deadlineNanos - System.nanoTime());
    }

    public boolean isExpired() {
        return deadlineNanos - System.nanoTime() <= 0;
    }
}
