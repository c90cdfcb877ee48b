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
record FaultPlan(List<Rule> rules, long seed) {
    static final int MAX_RULES = 16;
    static final FaultPlan NONE = new FaultPlan(List.of(), 0);

    /// One thing that may happen.
    ///
    /// @param share       of the requests, 0 to 1
    /// @param delayMillis of `DELAY`, 1 to 600,000
    /// @param reason      of `ERROR`: `EXHAUSTED` is 429, `INTERNAL` 500, `UNAVAILABLE` 503, `DEADLINE` 504
    /// @param afterTokens of `CUT` and `KILL`, 1 to 1,000,000
    record Rule(Kind kind, double share, long delayMillis, Reason reason, int afterTokens) {
        private static final long MAX_DELAY_MILLIS = 600_000;
        private static final int MAX_TOKENS = 1_000_000;

        Rule {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(reason, "reason");
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("share " + share + " is not within 0 to 1");
            }
            switch (kind) {
                case NONE -> throw new IllegalArgumentException("kind NONE is no fault");
                case ERROR -> {}
                case DELAY -> within("delayMillis", delayMillis, MAX_DELAY_MILLIS);
                case CUT, KILL -> within("afterTokens", afterTokens, MAX_TOKENS);
            }
        }

        private static void within(String name, long value, long most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " " + value + " is not within 1 to " + most);
            }
        }
    }

    FaultPlan {
        rules = List.copyOf(rules);
        if (rules.size() > MAX_RULES) {
            throw new IllegalArgumentException(rules.size() + " rules are above " + MAX_RULES);
        }
    }

    /// What befalls the next request.
    RequestFault draw(RandomGenerator random) {
        for (Rule rule : rules) {
            if (random.nextDouble() < rule.share()) {
                return new RequestFault(rule.kind(), rule.delayMillis(), rule.reason(), rule.afterTokens());
            }
        }
        return RequestFault.NONE;
    }
}
