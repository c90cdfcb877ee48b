package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.ServiceTier;

/// What tokens cost at each tier, in percent of the list price; the default tier costs the list price.
///
/// @param flexPercent     0 to [#MAX_PERCENT]
/// @param priorityPercent 0 to [#MAX_PERCENT]
/// @param batchPercent    0 to [#MAX_PERCENT]
public record TierPrices(int flexPercent, int priorityPercent, int batchPercent) {
    public static final int MAX_PERCENT = 1_000;

    private static final int LIST_PERCENT = 100;

    public TierPrices {
        requireWithin("flexPercent", flexPercent);
        requireWithin("priorityPercent", priorityPercent);
        requireWithin("batchPercent", batchPercent);
    }

    /// OpenAI's: half the price for flex and batch, twice the price for priority (its page "Pricing", GPT-5, 2026-05).
    public static TierPrices defaults() {
        return new TierPrices(50, 200, 50);
    }

    private static void requireWithin(String name, int percent) {
        if (percent < 0 || percent > MAX_PERCENT) {
            throw new IllegalArgumentException(name + " " + percent + " is outside 0.." + MAX_PERCENT);
        }
    }

    /// The cost at a tier of what costs `listNanos` by the list, to the nearest nano-dollar.
    ///
    /// @throws ArithmeticException when the cost does not fit a `long`
    long costNanos(long listNanos, ServiceTier tier) {
        int percent = switch (tier) {
            case DEFAULT -> LIST_PERCENT;
            case FLEX -> flexPercent;
            case PRIORITY -> priorityPercent;
            case BATCH -> batchPercent;
        };
        long hundredths = Math.multiplyExact(listNanos, (long) percent);
        return Math.addExact(hundredths, LIST_PERCENT / 2) / LIST_PERCENT;
    }
}
