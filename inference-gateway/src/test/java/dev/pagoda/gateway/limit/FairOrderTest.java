package dev.pagoda.gateway.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairOrderTest {
    private record Wait(String tenant, int number) {}

    private final FairOrder<Wait> order = new FairOrder<>();

    private List<String> served(int count) {
        var served = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            served.add(order.poll().orElseThrow().tenant());
        }
        return served;
    }

    private void fill(String tenant, int weight, int count, long cost) {
        for (int i = 0; i < count; i++) {
            order.add(new Wait(tenant, i), new Flow(tenant, weight, 0, cost));
        }
    }

    @Test
    void aTenantThatCameLateWithLittleDoesNotWaitForOneThatCameWithMuch() {
        fill("flood", 1, 1_000, 10);
        served(10);
        fill("small", 1, 2, 10);

        assertTrue(served(4).containsAll(List.of("small", "flood")));
        assertEquals(2L, 2 + served(100).stream().filter("small"::equals).count());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void busyTenantsGetTokensByTheirWeights(long seed) {
        var random = new Random(seed);
        Map<String, Integer> weights = Map.of("a", 1, "b", 2, "c", 5);
        var costs = new HashMap<Wait, Long>();
        weights.forEach((tenant, weight) -> {
            for (int i = 0; i < 3_000; i++) {
                var wait = new Wait(tenant, i);
                long cost = 1L + random.nextInt(200);
                costs.put(wait, cost);
                order.add(wait, new Flow(tenant, weight, 0, cost));
            }
        });
        var tokens = new HashMap<String, Long>();
        for (int i = 0; i < 3_000; i++) {
            Wait wait = order.poll().orElseThrow();
            tokens.merge(wait.tenant(), costs.getOrDefault(wait, 0L), Long::sum);
        }

        double unit = tokens.getOrDefault("a", 0L);
        assertEquals(2, tokens.getOrDefault("b", 0L) / unit, 0.05, "seed " + seed);
        assertEquals(5, tokens.getOrDefault("c", 0L) / unit, 0.1, "seed " + seed);
    }

    @Test
    void idlingEarnsNothing() {
        fill("busy", 1, 100, 10);
        served(50);
        fill("idle", 1, 100, 10);

        assertEquals(10.0, (double) served(20).stream().filter("idle"::equals).count(), 1.0);
    }

    @Test
    void priorityCountsWithinATenantOnly() {
        order.add(new Wait("a", 1), new Flow("a", 1, 0, 1));
        order.add(new Wait("a", 2), new Flow("a", 1, -5, 1));
        order.add(new Wait("b", 1), new Flow("b", 1, 0, 1));

        assertEquals(Optional.of(new Wait("a", 2)), order.poll());
        assertEquals(Optional.of(new Wait("b", 1)), order.poll());
        assertEquals(Optional.of(new Wait("a", 1)), order.poll());
        assertEquals(Optional.empty(), order.poll());
    }

    @Test
    void underOverloadWhoHasMostWaitingLosesItsLeastUrgentRequest() {
        fill("flood", 1, 10, 10);
        var urgent = new Wait("flood", 99);
        order.add(urgent, new Flow("flood", 1, -1, 10));

        assertEquals(Optional.of(new Wait("flood", 9)), order.shed(new Flow("small", 1, 0, 10)));
        assertEquals(Optional.empty(), order.shed(new Flow("flood", 1, 0, 10)));
        assertEquals(Optional.of(new Wait("flood", 8)), order.shed(new Flow("flood", 1, -1, 10)));
        assertEquals(9, order.size());
        assertEquals(Optional.empty(), order.shed(new Flow("heavy", 1, 0, 1_000)));
    }

    @Test
    void whoLeavesIsNotServed() {
        var wait = new Wait("a", 1);
        order.add(wait, Flow.COMMON);

        assertThrows(IllegalStateException.class, () -> order.add(wait, Flow.COMMON));
        assertTrue(order.remove(wait));
        assertFalse(order.remove(wait));
        assertEquals(Optional.empty(), order.peek());
        assertEquals(0, order.size());
    }
}
