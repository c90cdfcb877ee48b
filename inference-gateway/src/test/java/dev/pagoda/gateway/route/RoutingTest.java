package dev.pagoda.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.Prompt;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoutingTest {
    private record Still(long id, int running, int waiting, double kvUsage) implements Target {}

    private static final List<Still> IDLE =
            List.of(new Still(7, 0, 0, 0), new Still(8, 0, 0, 0), new Still(9, 0, 0, 0));

    private static RouteRequest request(long session, long... pieces) {
        return new RouteRequest(Prompt.ofPieces(64 * pieces.length, pieces, 64), session);
    }

    @ParameterizedTest
    @EnumSource(Routing.class)
    void everyPolicyNamesOneOfTheTargets(Routing routing) {
        RoutingPolicy router = routing.router(RoutingOptions.DEFAULT);
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            var targets = new ArrayList<Still>();
            for (int j = 0; j <= random.nextInt(5); j++) {
                targets.add(new Still(j, random.nextInt(300), random.nextInt(100), random.nextDouble()));
            }
            RouteRequest request = request(random.nextInt(9), random.nextInt(4), random.nextInt(4), random.nextInt(4));
            Choice choice = router.pick(targets, request);
            assertEquals(targets.get(choice.index()).id(), choice.target());
            router.firstToken(choice, random.nextLong(1_000_000_000L));
        }
        assertThrows(IllegalArgumentException.class, () -> router.pick(List.of(), request(1, 1)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Routing.class,
            names = {"PREFIX_AWARE", "CACHE_AWARE", "SLO_AWARE", "SESSION_AFFINITY"})
    void theNextTurnGoesWhereTheLastOneWent(Routing routing) {
        RoutingPolicy router = routing.router(RoutingOptions.DEFAULT);
        Choice first = router.pick(IDLE, request(5, 1, 2, 3, 4));
        router.firstToken(first, 50_000_000);
        router.pick(IDLE, request(6, 11, 12, 13));

        assertEquals(
                first.target(), router.pick(IDLE, request(5, 1, 2, 3, 4, 5)).target());
    }

    @ParameterizedTest
    @EnumSource(
            value = Routing.class,
            names = {"PREFIX_AWARE", "CACHE_AWARE", "SLO_AWARE"})
    void aFarLongerQueueOutweighsThePrefix(Routing routing) {
        RoutingPolicy router = routing.router(new RoutingOptions(16, 31_250, 100));
        for (int i = 0; i < 200; i++) {
            router.pick(List.of(new Still(7, 0, 0, 0)), request(5, 1, 2, 3, 4));
        }
        List<Still> uneven = List.of(new Still(7, 256, 200, .97), new Still(8, 0, 0, 0));

        assertEquals(8, router.pick(uneven, request(5, 1, 2, 3, 4)).target());
    }

    @Test
    void roundRobinTakesTurnsAndLeastRequestsTheEmptiest() {
        RoutingPolicy turns = new RoundRobin();
        var seen = new ArrayList<Long>();
        for (int i = 0; i < 6; i++) {
            seen.add(turns.pick(IDLE, request(1, 1)).target());
        }
        assertEquals(List.of(7L, 8L, 9L, 7L, 8L, 9L), seen);

        List<Still> uneven = List.of(new Still(7, 3, 1, .1), new Still(8, 3, 0, .9), new Still(9, 9, 0, .2));
        assertEquals(8, new LeastRequests().pick(uneven, request(1, 1)).target());
        assertEquals(9, new LeastKv().pick(uneven, request(1, 1)).target());
    }

    @Test
    void aTargetThatGoesMovesOnlyItsOwnSessions() {
        var affinity = new SessionAffinity();
        List<Still> fewer = IDLE.subList(0, 2);
        for (long session = 0; session < 300; session++) {
            long before = affinity.pick(IDLE, request(session, 1)).target();
            long after = affinity.pick(fewer, request(session, 1)).target();
            assertTrue(before == 9 || before == after, "session " + session);
        }
    }

    @Test
    void whatATargetHadIsForgottenWithIt() {
        var index = new PrefixIndex(new RoutingOptions(64, 64, 1), Integer.MAX_VALUE);
        Prompt prompt = request(0, 1, 2, 3).prompt();
        index.note(4, prompt);
        assertEquals(3, index.matches(4, prompt));
        assertEquals(0, index.matches(5, prompt));

        index.remove(4);
        assertEquals(0, index.matches(4, prompt));
    }

    @Test
    void theBlockSetIsAnLruSet() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int capacity = 1 + random.nextInt(20);
            var set = new BlockLru(capacity);
            var model = new LinkedHashSet<Long>();
            for (int i = 0; i < 2_000; i++) {
                long name = 1L + random.nextInt(60);
                set.use(name);
                model.remove(name);
                model.add(name);
                if (model.size() > capacity) {
                    model.remove(model.getFirst());
                }
                for (long each = 1; each <= 60; each++) {
                    assertEquals(model.contains(each), set.contains(each), "seed " + seed + ", step " + i);
                }
            }
            assertEquals(capacity, set.size());
        }
    }

    @Test
    void learnsHowFastPromptsAreRead() {
        var router = new SloAware(RoutingOptions.DEFAULT);
        for (int i = 0; i < 500; i++) {
            Choice choice = router.pick(IDLE.subList(0, 1), request(i, i, i + 1, i + 2, i + 3, i + 4, i + 5));
            router.firstToken(choice, choice.backlogTokens() * 1_000_000_000L / 2_000);
        }

        assertEquals(2_000, router.tokensPerSecond(), 50);
    }

    @Test
    void refusesUnknownNamesAndImpossibleOptions() {
        assertThrows(IllegalArgumentException.class, () -> Routing.named("best"));
        assertThrows(IllegalArgumentException.class, () -> new RoutingOptions(20, 1, 1));
        assertFalse(Routing.labels().isEmpty());
    }
}
