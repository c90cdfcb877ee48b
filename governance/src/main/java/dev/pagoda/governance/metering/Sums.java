package dev.pagoda.governance.metering;

import java.math.BigDecimal;

/// Usage added up.
///
/// @param costNanos nano-dollars
record Sums(long requests, long promptTokens, long completionTokens, long costNanos) {
    static final Sums ZERO = new Sums(0, 0, 0, 0);

    /// @throws ArithmeticException when a sum does not fit a `long`
    Sums plus(Sums other) {
        return new Sums(
                Math.addExact(requests, other.requests),
                Math.addExact(promptTokens, other.promptTokens),
                Math.addExact(completionTokens, other.completionTokens),
                Math.addExact(costNanos, other.costNanos));
    }

    long totalTokens() {
        return Math.addExact(promptTokens, completionTokens);
    }

    /// Nano-dollars as dollars with nine decimals, exact.
    static String dollars(long nanos) {
        return BigDecimal.valueOf(nanos, 9).toPlainString();
    }
}
