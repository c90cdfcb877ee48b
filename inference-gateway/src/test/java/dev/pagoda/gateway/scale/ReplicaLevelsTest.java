package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplicaLevelsTest {
    /// Late arrivals of one fleet that always has the same replicas, its work kept second by second.
    private static double naive(int replicas, int[] arrivals, double[] work, double slack) {
        double left = 0;
        double late = 0;
        for (int second = 0; second < work.length; second++) {
            double behind = left / replicas;
            double alone = Math.min(arrivals[second], replicas);
            double beside = arrivals[second] == 0 ? 0 : work[second] / arrivals[second] * (arrivals[second] - alone);
            late += behind + beside / replicas / 2 > slack ? arrivals[second] : 0;
            left = Math.max(0, left + work[second] - replicas);
        }
        return late;
    }

    @Test
    void everyLevelIsLateAsAFleetOfItsSize() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int[] arrivals = new int[400];
            double[] work = new double[400];
            var levels = new ReplicaLevels();
            double[] late = new double[ReplicaLevels.COUNT];
            for (int second = 0; second < work.length; second++) {
                arrivals[second] = random.nextInt(4) == 0 ? random.nextInt(60) : 0;
                work[second] = arrivals[second] * random.nextDouble();
                levels.pass(arrivals[second], work[second], .7);
                for (int level = 0; level < late.length; level++) {
                    late[level] += levels.late(level);
                }
            }
            for (int level = 1; level < late.length; level++) {
                assertEquals(
                        naive(ReplicaLevels.replicas(level), arrivals, work, .7),
                        late[level],
                        "seed " + seed + ", level " + level);
                assertTrue(late[level] <= late[level - 1], "more replicas make no more late");
            }
        }
    }

    @Test
    void aFleetOfNoneMakesAllLate() {
        var levels = new ReplicaLevels();
        levels.pass(3, .1, 5);

        assertEquals(3, levels.late(0));
        assertEquals(0, levels.late(1));
    }

    @Test
    void aLevelIsFoundByItsReplicas() {
        for (int level = 0; level < ReplicaLevels.COUNT; level++) {
            assertEquals(level, ReplicaLevels.of(ReplicaLevels.replicas(level)));
        }
        assertEquals(ReplicaLevels.COUNT - 1, ReplicaLevels.of(Integer.MAX_VALUE));
    }
}
