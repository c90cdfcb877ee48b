package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.RequestFault.Kind;
import dev.pagoda.governance.bus.Refusal.Reason;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/// What befalls the requests of a deployment, by chance.
///
/// @param rules tried in turn for each request; the first that hits is it
/// @param seed  of the draws
/// @param forSeconds how long it holds, 1 to 86,400; 0: until another is set
public record FaultPlan(List<Rule> rules, long seed, int forSeconds) {
    static final int MAX_RULES = 16;
    static final FaultPlan NONE = new FaultPlan(List.of(), 0, 0);
    private static final int MAX_SECONDS = 86_400;

    /// One thing that may happen.
    ///
    /// @param share       of the requests, 0 to 1
    /// @param delayMillis of `DELAY`, 1 to 600,000
    /// @param status      of `ERROR`: 429, 500, 503 or 504
    /// @param afterTokens of `CUT` and `KILL`, 1 to 1,000,000
    public record Rule(Kind kind, double share, long delayMillis, int status, int afterTokens) {
        private static final long MAX_DELAY_MILLIS = 600_000;
        private static final int MAX_TOKENS = 1_000_000;

        public Rule {
            Objects.requireNonNull(kind, "kind");
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("share " + share + " is not within 0 to 1");
            }
            switch (kind) {
                case NONE -> throw new IllegalArgumentException("kind NONE is no fault");
                case ERROR -> reason(status);
                case DELAY -> within("delayMillis", delayMillis, MAX_DELAY_MILLIS);
                case CUT, KILL -> within("afterTokens", afterTokens, MAX_TOKENS);
            }
        }

        private static Reason reason(int status) {
            return switch (status) {
                case 429 -> Reason.EXHAUSTED;
                case 500 -> Reason.INTERNAL;
                case 503 -> Reason.UNAVAILABLE;
                case 504 -> Reason.DEADLINE;
                default -> throw new IllegalArgumentException("status " + status + " is none of 429, 500, 503, 504");
            };
        }

        private RequestFault fault() {
            Reason reason = kind == Kind.ERROR ? reason(status) : Reason.UNAVAILABLE;
            return new RequestFault(kind, delayMillis, reason, afterTokens);
        }

        private static void within(String name, long value, long most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " " + value + " is not within 1 to " + most);
            }
        }
    }

    public FaultPlan {
        rules = List.copyOf(rules);
        if (rules.size() > MAX_RULES) {
            throw new IllegalArgumentException(rules.size() + " rules are above " + MAX_RULES);
        }
        if (forSeconds < 0 || forSeconds > MAX_SECONDS) {
            throw new IllegalArgumentException("forSeconds " + forSeconds + " is not within 0 to " + MAX_SECONDS);
        }
    }

    /// What befalls the next request.
    RequestFault draw(RandomGenerator random) {
        for (Rule rule : rules) {
            if (random.nextDouble() < rule.share()) {
                return rule.fault();
            }
        }
        return RequestFault.NONE;
    }
}
