package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DevicesTest {
    private final Devices devices = new Devices(ClusterShape.Pool.of("gpu", 12, 4));

    @Test
    void putsAGangIntoTheFullestNodeThatHoldsIt() {
        assertArrayEquals(new int[] {0, 1, 2}, take(3));
        assertArrayEquals(new int[] {4, 5}, take(2));
        assertArrayEquals(new int[] {6, 7}, take(2));
        assertArrayEquals(new int[] {3}, take(1));
        assertArrayEquals(new int[] {8, 9, 10, 11}, take(4));
        assertTrue(devices.take(job(1, 1000)).isEmpty());
    }

    @Test
    void tellsWhetherAGangLiesOnMoreNodesThanItNeeds() {
        assertFalse(devices.isSpread(take(6)));
        assertFalse(devices.isSpread(take(2)));
        assertFalse(devices.isSpread(take(4)));
        devices.free(new int[] {0, 4}, 1000);
        assertTrue(devices.isSpread(take(2)));
    }

    @Test
    void putsSharesOntoTheDeviceWithTheLeastLeftThatIsEnough() {
        devices.take(job(1, 600));
        devices.take(job(1, 300));
        assertArrayEquals(new int[] {1}, devices.take(job(1, 700)).orElseThrow());
        assertArrayEquals(new int[] {0}, devices.take(job(1, 100)).orElseThrow());
        assertEquals(10, devices.whole());
    }

    private record Held(int[] devices, int milli) {}

    @Test
    void neverGivesADeviceTwiceAndLosesNone() {
        long seed = 20_260_101;
        SplittableRandom random = new SplittableRandom(seed);
        List<Held> held = new ArrayList<>();
        long free = 12_000;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(5) < 3) {
                JobSpec job = random.nextBoolean() ? job(1 + random.nextInt(6), 1000) : job(1, 1 + random.nextInt(999));
                Optional<int[]> got = devices.take(job);
                if (got.isPresent()) {
                    held.add(new Held(got.get(), job.milli()));
                    free -= job.demandMilli();
                }
            } else if (!held.isEmpty()) {
                Held back = held.remove(random.nextInt(held.size()));
                free += (long) back.devices().length * back.milli();
                devices.free(back.devices(), back.milli());
            }
            assertEquals(free, devices.freeMilli(), "seed " + seed + ", step " + i);
        }
    }

    private int[] take(int count) {
        return devices.take(job(count, 1000)).orElseThrow();
    }

    private static JobSpec job(int count, int milli) {
        return new JobSpec("j", 0, count, milli, 1, new double[] {1}, new double[] {1});
    }
}
