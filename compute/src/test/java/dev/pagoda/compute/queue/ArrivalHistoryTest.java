package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Policies;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ArrivalHistoryTest {
    @Test
    void makesAMixAfterEveryFiftyArrivals() {
        var history = new ArrivalHistory(100);
        for (int i = 1; i < ArrivalHistory.STEP; i++) {
            assertEquals(Optional.empty(), history.add(TaskSpec.devices(1)));
        }
        ArrivalMix first = history.add(TaskSpec.devices(8)).orElseThrow();
        assertEquals(2, first.all().size());
        assertEquals(0.98, first.all().getFirst().share(), 1e-9);
    }

    @Test
    void forgetsWhatCameLongAgo() {
        var history = new ArrivalHistory(100);
        ArrivalMix mix = ArrivalMix.UNKNOWN;
        for (int i = 0; i < 300; i++) {
            mix = history.add(TaskSpec.devices(i < 200 ? 1 : 4)).orElse(mix);
        }
        assertEquals(1, mix.all().size());
        assertEquals(4, mix.all().getFirst().demand().devices());
    }

    @Test
    void tasksOfTheHostAloneDoNotCount() {
        var history = new ArrivalHistory(100);
        for (int i = 0; i < 200; i++) {
            assertEquals(Optional.empty(), history.add(new TaskSpec(1_000, 1, 0, 1_000, 0, "", List.of())));
        }
    }

    @Test
    void placementLearnsAndARestartForgetsNothing() {
        Scheduler blind = scheduler(0);
        Scheduler learning = scheduler(200);
        Scheduler restarted = scheduler(200);
        var random = new SplittableRandom(3);
        boolean differs = false;
        for (int i = 0; i < 160; i++) {
            var submit = new SchedulerEvent.Submit(share("j" + i, 100 + 100 * random.nextInt(9), random.nextInt(3)));
            List<JobDecision> decided = learning.apply(submit, i);
            assertEquals(decided, restarted.apply(submit, i), "arrival " + i);
            differs |= !decided.equals(blind.apply(submit, i));
            restarted = Scheduler.restore(restarted.snapshot(), Samples.nodes(12), setup(200));
            assertEquals(learning.snapshot(), restarted.snapshot());
        }
        assertTrue(differs, "a policy that knows what arrives places otherwise");
        assertNotEquals(null, learning.snapshot().history());
    }

    private static JobSpec share(String id, int milli, int cores) {
        return new JobSpec(
                id,
                "q",
                JobKind.SERVING,
                0,
                new TaskSpec(1_000L + 16_000L * cores, 1_024, 1, milli, 0, "", List.of()),
                new GangSpec(1, 1, null, null),
                null,
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    private static Scheduler scheduler(int history) {
        return new Scheduler(Samples.nodes(12), QuotaPlan.unlimited("q"), setup(history), 0);
    }

    private static SchedulerSetup setup(int history) {
        return new SchedulerSetup(
                SchedulerPolicy.defaults(),
                Policies.named("pagoda", ArrivalMix.UNKNOWN, 0),
                LinkTable.defaults(),
                Units.equal(),
                NodeBook.empty(),
                history);
    }
}
