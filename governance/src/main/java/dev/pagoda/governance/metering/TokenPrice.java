package dev.pagoda.governance.metering;

/// Price of a model's tokens, in nano-dollars per token: 1,000 is one dollar per million tokens.
///
/// @param inputNanos  per prompt token, 0 to [#MAX_NANOS]
/// @param outputNanos per completion token, 0 to [#MAX_NANOS]
public record TokenPrice(long inputNanos, long outputNanos) {
    /// A thousandth of a dollar per token: far above any list price, and small enough that sums stay within a `long`.
    public static final long MAX_NANOS = 1_000_000;

    public TokenPrice {
        if (inputNanos < 0 || inputNanos > MAX_NANOS || outputNanos < 0 || outputNanos > MAX_NANOS) {
            throw new IllegalArgumentException(
                    "price " + inputNanos + "/" + outputNanos + " nano-dollars is outside 0.." + MAX_NANOS);
        }
    }

    /// @throws ArithmeticException when the cost does not fit a `long`
    public long costNanos(long promptTokens, long completionTokens) {
        return Math.addExact(
                Math.multiplyExact(inputNanos, promptTokens), Math.multiplyExact(outputNanos, completionTokens));
    }
}
