package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImaginedFleetTest {
    /// Costs of the same fleet, kept as a list of the seconds at which each replica is ready.
    private static double naive(int start, int begin, double[] work, int[] arrivals, int[] wanted, double worth) {
        List<Integer> readyAt = new ArrayList<>();
        for (int i = 0; i < begin; i++) {
            readyAt.add(0);
        }
        double backlog = 0;
        double cost = 0;
        for (int second = 0; second < work.length; second++) {
            int now = second;
            long ready = readyAt.stream().filter(at -> at <= now).count();
            double each = arrivals[second] == 0 ? 0 : work[second] / arrivals[second];
            double shared = Math.max(0, arrivals[second] - ready) * each;
            double wait = ready == 0 ? Double.POSITIVE_INFINITY : (backlog + shared / 2) / ready;
            cost += readyAt.size() + (wait > 1 ? worth * arrivals[second] : 0);
            backlog = Math.max(0, backlog + work[second] - ready);
            while (readyAt.size() < wanted[second]) {
                readyAt.add(second + start);
            }
            while (readyAt.size() > wanted[second]) {
                readyAt.sort(null);
                readyAt.removeLast();
            }
        }
        return cost;
    }

    @Test
    void costsWhatAListOfReplicasWouldCost() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int start = 1 + random.nextInt(20);
            int begin = random.nextInt(4);
            var fleet = new ImaginedFleet(start, begin, 0);
            double[] work = new double[300];
            int[] arrivals = new int[300];
            int[] wanted = new int[300];
            int wish = begin;
            for (int i = 0; i < work.length; i++) {
                wish = random.nextInt(10) == 0 ? random.nextInt(8) : wish;
                wanted[i] = wish;
                arrivals[i] = random.nextInt(5);
                work[i] = arrivals[i] * random.nextDouble();
                fleet.pass(arrivals[i], work[i], 1, wish, 1);
            }
            assertEquals(naive(start, begin, work, arrivals, wanted, 7), fleet.cost(7), 1e-6, "seed " + seed);
        }
    }

    @Test
    void whoHasAReplicaAloneWaitsForNobody() {
        var fleet = new ImaginedFleet(5, 3, 0);
        fleet.pass(3, 9, 1, 3, 1);
        assertEquals(0, fleet.late());
        fleet.pass(1, 3, 1, 3, 1);
        assertEquals(1, fleet.late(), "behind what is left of the others");
        assertEquals(6, fleet.held());
    }

    @Test
    void whatWasLongAgoCountsLess() {
        var fleet = new ImaginedFleet(5, 1, 1_000);
        for (int i = 0; i < 10; i++) {
            fleet.pass(0, 0, 1, 1, .5);
        }
        assertTrue(fleet.cost(1) < 3.1, "cost " + fleet.cost(1));
    }
}
