package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.UsageRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Prices by served model name, with one for every other model, and what each service tier makes of them.
///
/// A name is looked up without regard to case, then once more without its organisation (`Qwen/Qwen2.5-7B-Instruct` is
/// `Qwen2.5-7B-Instruct`). Immutable.
public final class PriceBook {
    /// The name under which the price of every other model stands.
    public static final String OTHERS = "*";

    private final Map<String, TokenPrice> prices;
    private final TokenPrice others;
    private final TierPrices tiers;

    private PriceBook(Map<String, TokenPrice> prices, TierPrices tiers) {
        this.tiers = tiers;
        this.prices = Collections.unmodifiableMap(prices);
        this.others = Objects.requireNonNull(prices.get(OTHERS), "a price book needs a price for every other model");
    }

    /// The list prices that ship in `prices.tsv`, which names their sources and date.
    ///
    /// @param own prices that replace or complete the shipped ones, by model name or [#OTHERS]
    public static PriceBook shippedWith(Map<String, TokenPrice> own, TierPrices tiers) {
        var prices = new TreeMap<String, TokenPrice>();
        var resource = Objects.requireNonNull(PriceBook.class.getResourceAsStream("prices.tsv"), "prices.tsv");
        try (var lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                var cells = line.split("\t", -1);
                prices.put(key(cells[0]), new TokenPrice(Long.parseLong(cells[1]), Long.parseLong(cells[2])));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        own.forEach((model, price) -> prices.put(key(model), price));
        return new PriceBook(prices, tiers);
    }

    /// What a request costs.
    ///
    /// @throws ArithmeticException when the cost does not fit a `long`
    public long costNanos(UsageRecord usage) {
        long list = price(usage.model()).costNanos(usage.promptTokens(), usage.completionTokens());
        return tiers.costNanos(list, usage.tier());
    }

    public TokenPrice price(String model) {
        var key = key(model);
        var exact = prices.get(key);
        if (exact != null) {
            return exact;
        }
        return prices.getOrDefault(key.substring(key.lastIndexOf('/') + 1), others);
    }

    /// All prices by lower-case model name.
    public Map<String, TokenPrice> prices() {
        return prices;
    }

    private static String key(String model) {
        return model.toLowerCase(Locale.ROOT);
    }
}
