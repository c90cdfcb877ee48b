package dev.pagoda.governance.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageRecord;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriceBookTest {
    private static final PriceBook SHIPPED = PriceBook.shippedWith(Map.of(), TierPrices.defaults());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Qwen2.5-7B-Instruct",
                "Qwen2.5-72B-Instruct",
                "DeepSeek-R1-Distill-Qwen-32B",
                "Llama-3.1-8B-Instruct",
                "Mistral-7B-Instruct-v0.3",
                "Yi-1.5-34B-Chat",
                "all-MiniLM-L6-v2",
                "bge-small-zh-v1.5",
                "bge-small-en-v1.5"
            })
    void everySeededModelHasAPriceOfItsOwn(String model) {
        assertNotEquals(SHIPPED.price("no such model"), SHIPPED.price(model));
    }

    @Test
    void namesAreFoundWithoutCaseAndOrganisation() {
        assertEquals(new TokenPrice(40, 100), SHIPPED.price("Qwen/qwen2.5-7b-instruct"));
    }

    @Test
    void ownPricesReplaceTheShippedOnes() {
        var own = PriceBook.shippedWith(
                Map.of(
                        "Qwen2.5-7B-Instruct",
                        new TokenPrice(1, 2),
                        "*",
                        new TokenPrice(3, 4),
                        "x",
                        new TokenPrice(5, 6)),
                TierPrices.defaults());

        assertEquals(new TokenPrice(1, 2), own.price("qwen2.5-7B-instruct"));
        assertEquals(new TokenPrice(3, 4), own.price("unheard-of"));
        assertEquals(new TokenPrice(5, 6), own.price("X"));
        assertEquals(new TokenPrice(120, 390), own.price("Qwen2.5-72B-Instruct"));
    }

    @Test
    void aTierCostsItsPartOfTheListToTheNearestNano() {
        var random = new Random(20_261_122);
        for (int i = 0; i < 10_000; i++) {
            var tiers = new TierPrices(random.nextInt(1_001), random.nextInt(1_001), random.nextInt(1_001));
            long list = random.nextLong(2 * UsageLedger.MAX_TOKENS * TokenPrice.MAX_NANOS);

            assertEquals(list, tiers.costNanos(list, ServiceTier.DEFAULT));
            assertEquals(part(list, tiers.flexPercent()), tiers.costNanos(list, ServiceTier.FLEX));
            assertEquals(part(list, tiers.priorityPercent()), tiers.costNanos(list, ServiceTier.PRIORITY));
            assertEquals(part(list, tiers.batchPercent()), tiers.costNanos(list, ServiceTier.BATCH));
        }
        assertThrows(IllegalArgumentException.class, () -> new TierPrices(50, 200, -1));
        assertThrows(IllegalArgumentException.class, () -> new TierPrices(1_001, 200, 50));
    }

    private static long part(long list, int percent) {
        return new BigDecimal(list)
                .multiply(BigDecimal.valueOf(percent, 2))
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    @Test
    void aBatchCostsHalf() {
        for (ServiceTier tier : ServiceTier.values()) {
            var usage = new UsageRecord(
                    "r", "chat", "Qwen2.5-7B-Instruct", 10, 20, UsageRecord.Outcome.COMPLETED, 0, 0, tier);
            long list = 10 * 40 + 20 * 100;

            assertEquals(
                    switch (tier) {
                        case DEFAULT -> list;
                        case FLEX, BATCH -> list / 2;
                        case PRIORITY -> list * 2;
                    },
                    SHIPPED.costNanos(usage));
        }
    }

    @Test
    void costIsExact() {
        var random = new Random(20_261_122);
        for (int i = 0; i < 10_000; i++) {
            var price = new TokenPrice(random.nextLong(1_000_001), random.nextLong(1_000_001));
            long prompt = random.nextLong(UsageLedger.MAX_TOKENS + 1);
            long completion = random.nextLong(UsageLedger.MAX_TOKENS + 1);
            var expected = BigInteger.valueOf(price.inputNanos())
                    .multiply(BigInteger.valueOf(prompt))
                    .add(BigInteger.valueOf(price.outputNanos()).multiply(BigInteger.valueOf(completion)));

            assertEquals(expected.longValueExact(), price.costNanos(prompt, completion));
        }
    }

    @Test
    void overflowAndNegativePricesAreRefused() {
        assertThrows(ArithmeticException.class, () -> new TokenPrice(1_000_000, 0).costNanos(Long.MAX_VALUE, 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenPrice(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenPrice(0, 1_000_001));
    }

    @Test
    void dollarsKeepEveryNano() {
        assertEquals("0.000000001", Sums.dollars(1));
        assertEquals("9223372036.854775807", Sums.dollars(Long.MAX_VALUE));
    }
}
