package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class QuotaTreeTest {
    private static final String H100 = "h100-sxm";

    @Test
    void aQueueBorrowsWhatOthersLeaveUnused() {
        QuotaTree tree = tree(queue("a", "org", 8, null, null), queue("b", "org", 8, null, null));
        assertEquals(16, tree.mostTasks("a", devices(1), 100));
        tree.add("b", devices(6));
        assertEquals(10, tree.mostTasks("a", devices(1), 100));
        tree.add("a", devices(10));
        assertTrue(tree.borrows("a", devices(1), "b", devices(1)));
        assertEquals(0, tree.mostTasks("b", devices(1), 100));
    }

    @Test
    void borrowingLimitBoundsWhatAQueueUsesAboveItsNominal() {
        QuotaTree tree = tree(queue("a", "org", 8, 2, null), queue("b", "org", 8, null, null));
        assertEquals(10, tree.mostTasks("a", devices(1), 100));
        tree.add("a", devices(9));
        assertEquals(1, tree.mostTasks("a", devices(1), 100));
        assertEquals(7, tree.mostTasks("b", devices(1), 100));
    }

    @Test
    void lendingLimitKeepsTheRestForTheOwner() {
        QuotaTree tree = tree(queue("a", "org", 8, null, 3), queue("b", "org", 8, null, null));
        assertEquals(11, tree.mostTasks("b", devices(1), 100));
        tree.add("b", devices(11));
        assertEquals(5, tree.mostTasks("a", devices(1), 100));
        tree.add("a", devices(5));
        assertEquals(0, tree.mostTasks("a", devices(1), 100));
        assertEquals(0, tree.mostTasks("b", devices(1), 100));
        tree.remove("b", devices(11));
        tree.remove("a", devices(5));
        assertEquals(16, tree.mostTasks("a", devices(1), 100));
    }

    @Test
    void cohortsLendToEachOtherWithinTheirLimits() {
        var west = new CohortSpec("west", "org", 1, List.of(new Quota(H100, 0, null, 4_000L)));
        var east = new CohortSpec("east", "org", 1, List.of(new Quota(H100, 0, 2_000L, null)));
        var plan = new QuotaPlan(
                List.of(west, east, CohortSpec.root("org")),
                List.of(queue("w", "west", 10, null, null), queue("e", "east", 10, null, null)));
        QuotaTree tree = QuotaTree.of(plan, Units.equal()::of);
        assertEquals(12, tree.mostTasks("e", devices(1), 100));
        assertEquals(20, tree.mostTasks("w", devices(1), 100));
        tree.add("e", devices(12));
        assertEquals(8, tree.mostTasks("w", devices(1), 100));
        assertEquals(0, tree.mostTasks("e", devices(1), 100));
    }

    @Test
    void normalisedUnitsLimitUnlikeDevicesTogether() {
        var units = new Quota(Quota.UNITS, 10_000, null, null);
        var h100 = new Quota(H100, 4_000, null, null);
        var queue = new QueueSpec("a", null, 1, List.of(units, h100), PreemptionRules.never());
        QuotaTree tree = QuotaTree.of(new QuotaPlan(List.of(), List.of(queue)), kind -> 1_000);
        assertEquals(4, tree.mostTasks("a", devices(1), 100));
        assertEquals(20, tree.mostTasks("a", new Use("l40s", 1_000, 500, 0, 0), 100));
        tree.add("a", new Use("l40s", 16_000, 8_000, 0, 0));
        assertEquals(2, tree.mostTasks("a", devices(1), 100));
        assertEquals(Quota.UNITS, tree.shortFlavor("a", devices(3), false));
    }

    @Test
    void aKindWithoutAnyQuotaIsNotCovered() {
        QuotaTree tree = tree(queue("a", "org", 8, null, null));
        assertFalse(tree.covers("a", "l40s"));
        assertEquals(0, tree.mostTasks("a", new Use("l40s", 1_000, 500, 0, 0), 1));
        assertTrue(tree.covers("a", ""));
    }

    @Test
    void whoBorrowsLessGoesFirstAndWeightsCount() {
        QuotaTree tree = tree(
                queue("a", "org", 8, null, null),
                new QueueSpec("b", "org", 4, List.of(Quota.devices(H100, 8)), PreemptionRules.never()),
                queue("idle", "org", 16, null, null));
        tree.add("a", devices(10));
        tree.add("b", devices(14));
        assertTrue(tree.borrowedShare("a") > tree.borrowedShare("b"));
        assertTrue(tree.compareShares("b", "a") < 0);
        assertTrue(tree.compareShares("idle", "b") < 0);
    }

    @Test
    void shareOfTheDominantResourceCounts() {
        var quotas = List.of(Quota.devices(H100, 10), new Quota(Quota.CPU, 100_000, null, null));
        QuotaTree tree = tree(
                new QueueSpec("a", "org", 1, quotas, PreemptionRules.never()),
                new QueueSpec("b", "org", 1, quotas, PreemptionRules.never()));
        tree.add("a", new Use(H100, 2_000, 2_000, 80_000, 0));
        tree.add("b", new Use(H100, 5_000, 5_000, 10_000, 0));
        assertEquals(0.4, tree.usedShare("a"), 1e-12);
        assertEquals(0.25, tree.usedShare("b"), 1e-12);
        assertTrue(tree.compareShares("b", "a") < 0);
    }

    @Test
    void fasterDevicesWeighMore() {
        var quotas = List.of(Quota.devices(H100, 10), Quota.devices("l40s", 10));
        var plan = new QuotaPlan(
                List.of(CohortSpec.root("org")),
                List.of(
                        new QueueSpec("a", "org", 1, quotas, PreemptionRules.never()),
                        new QueueSpec("b", "org", 1, quotas, PreemptionRules.never())));
        QuotaTree tree = QuotaTree.of(plan, kind -> kind.equals(H100) ? 1_000 : 250);
        tree.add("a", devices(2));
        tree.add("b", new Use("l40s", 4_000, 1_000, 0, 0));
        assertTrue(tree.compareShares("b", "a") < 0);
    }

    @Test
    void aForkKnowsNothingOfItsOrigin() {
        QuotaTree tree = tree(queue("a", "org", 8, null, null));
        QuotaTree fork = tree.fork();
        tree.add("a", devices(8));
        assertEquals(8, fork.mostTasks("a", devices(1), 100));
        assertEquals(0, tree.mostTasks("a", devices(1), 100));
    }

    @Test
    void refusesCohortsInACircleAndNamesThem() {
        var plan = new QuotaPlan(
                List.of(
                        new CohortSpec("x", "y", 1, List.of()),
                        new CohortSpec("y", "z", 1, List.of()),
                        new CohortSpec("z", "x", 1, List.of())),
                List.of(queue("a", "x", 1, null, null)));
        assertRefused("cohorts form a cycle: x -> y -> z -> x", plan);
        assertThrows(IllegalArgumentException.class, () -> new CohortSpec("x", "x", 1, List.of()));
    }

    @Test
    void refusesUnknownParentsAndNamesTheNearest() {
        var cohorts = List.of(CohortSpec.root("research"));
        assertRefused(
                "queue a is in cohort reserch, which does not exist; the nearest is research",
                new QuotaPlan(cohorts, List.of(queue("a", "reserch", 1, null, null))));
        assertRefused(
                "cohort x is in cohort researh, which does not exist; the nearest is research",
                new QuotaPlan(
                        List.of(CohortSpec.root("research"), new CohortSpec("x", "researh", 1, List.of())),
                        List.of(queue("a", "x", 1, null, null))));
    }

    @Test
    void refusesLimitsOfANodeWithoutAParent() {
        assertRefused(
                "queue a limits borrowing or lending of h100-sxm but belongs to no cohort",
                new QuotaPlan(List.of(), List.of(queue("a", null, 1, 1, null))));
    }

    @Test
    void refusesNegativeQuotasAndDoubleNames() {
        assertEquals(
                "nominal quota of -1 thousandths of h100-sxm is outside 0 to 1000000000000000",
                assertThrows(IllegalArgumentException.class, () -> new Quota(H100, -1, null, null))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Quota(H100, 0, -5L, null));
        assertThrows(IllegalArgumentException.class, () -> new Quota(H100, Quota.MAX_MILLI + 1, null, null));
        assertRefused(
                "two queues are named a",
                new QuotaPlan(List.of(), List.of(queue("a", null, 1, null, null), queue("a", null, 1, null, null))));
    }

    private static void assertRefused(String message, QuotaPlan plan) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> QuotaTree.of(plan, Units.equal()::of));
        assertEquals(message, refusal.getMessage());
    }

    private static Use devices(int count) {
        return new Use(H100, count * 1_000L, count * 1_000L, 0, 0);
    }

    private static QuotaTree tree(QueueSpec... queues) {
        return QuotaTree.of(new QuotaPlan(List.of(CohortSpec.root("org")), List.of(queues)), Units.equal()::of);
    }

    private static QueueSpec queue(
            String name, @Nullable String cohort, int devices, @Nullable Integer borrowing, @Nullable Integer lending) {
        var quota = new Quota(
                H100,
                devices * 1_000L,
                borrowing == null ? null : borrowing * 1_000L,
                lending == null ? null : lending * 1_000L);
        return new QueueSpec(name, cohort, 1, List.of(quota), PreemptionRules.never());
    }
}
