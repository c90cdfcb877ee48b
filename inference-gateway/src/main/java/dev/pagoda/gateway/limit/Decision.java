package dev.pagoda.gateway.limit;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import java.util.concurrent.TimeUnit;

/// What became of a request at its limits.
public sealed interface Decision {
    /// Codes of refusals, by what was exceeded; a request that no wait will help has a code of its own.
    String REQUESTS_EXCEEDED = "requests_exceeded";
    String TOKENS_EXCEEDED = "tokens_exceeded";
    String CONCURRENCY_EXCEEDED = "concurrency_exceeded";
    String REQUEST_TOO_LARGE = "request_exceeds_tokens";

    /// Where the tightest limits stand, this request included if it was granted.
    Standing standing();

    /// It may go on, and holds what it may take until [LimitBook#settle].
    record Granted(Grant grant, Standing standing) implements Decision {}

    /// It would exceed a limit.
    ///
    /// @param scope     whose limit
    /// @param limit     what it allows
    /// @param used      what others have taken
    /// @param requested what this request wanted at least
    /// @param waitNanos when it would fit if nobody else came; [Long#MAX_VALUE] for never
    record Denied(
            LimitScope scope, LimitKind kind, long limit, long used, long requested, long waitNanos, Standing standing)
            implements Decision {
        /// As OpenAI says it.
        public Refusal refusal(String model) {
            String whose = " for " + model + " in " + scope.holder() + " on " + kind.phrase() + ": Limit " + limit;
            if (waitNanos == Long.MAX_VALUE) {
                return Refusal.of(
                        Reason.EXHAUSTED,
                        kind == LimitKind.TOKENS ? REQUEST_TOO_LARGE : code(),
                        "Request too large" + whose + ", Requested " + requested
                                + ". The input or output tokens must be reduced in order to run successfully.");
            }
            return new Refusal(
                    Reason.EXHAUSTED,
                    code(),
                    "Rate limit reached" + whose + ", Used " + used + ", Requested " + requested
                            + ". Please try again in " + WaitText.of(waitNanos) + ".",
                    (int) Math.max(1, Math.ceilDiv(waitNanos, TimeUnit.SECONDS.toNanos(1))));
        }

        private String code() {
            return switch (kind) {
                case REQUESTS -> REQUESTS_EXCEEDED;
                case TOKENS -> TOKENS_EXCEEDED;
                case CONCURRENT -> CONCURRENCY_EXCEEDED;
            };
        }
    }
}
