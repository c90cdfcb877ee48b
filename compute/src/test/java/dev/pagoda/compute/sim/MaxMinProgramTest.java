package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Variable;

class MaxMinProgramTest {
    @Test
    void givesTheFastDeviceMoreToWhoGainsMoreByIt() {
        // With p of the fast device the first has 4 p + (1 - p), the second 2 (1 - p) + p: alike at p = 1/4.
        var solution = solve(new double[][] {{4, 1}, {2, 1}}, new double[] {1, 1}, new int[] {1, 1}, 1, 1);
        assertEquals(1.75, solution.z(), 1e-4);
        assertArrayEquals(new double[] {0.25, 0.75}, solution.shares()[0], 1e-3);
        assertArrayEquals(new double[] {0.75, 0.25}, solution.shares()[1], 1e-3);
    }

    @Test
    void leavesThreeJobsOnTwoDevicesEqual() {
        // The first has only the one device to gain by, the last only the other: a half of each, the rest for the
        // second.
        var solution =
                solve(new double[][] {{2, 1}, {1, 1}, {1, 2}}, new double[] {1, 1, 1}, new int[] {1, 1, 1}, 1, 1);
        assertEquals(1, solution.z(), 1e-4);
    }

    @Test
    void countsTheDevicesOfGangs() {
        // A gang of two alone takes all of its two devices; with one other job, whose value is half, time is halved.
        var solution = solve(new double[][] {{1}, {1}}, new double[] {2, 2}, new int[] {1, 1}, 2);
        assertEquals(0.5, solution.z(), 1e-4);
    }

    @Test
    void takesManyJobsOfAKindAsThatManyJobs() {
        var one = solve(new double[][] {{4, 1}, {2, 1}}, new double[] {1, 1}, new int[] {3, 5}, 2, 3);
        double[][] each = new double[8][];
        for (int i = 0; i < 8; i++) {
            each[i] = i < 3 ? new double[] {4, 1} : new double[] {2, 1};
        }
        double[] ones = new double[8];
        Arrays.fill(ones, 1);
        int[] counts = new int[8];
        Arrays.fill(counts, 1);
        assertEquals(solve(each, ones, counts, 2, 3).z(), one.z(), 1e-4);
    }

    @Test
    void findsWhatTheWholeProgramGivenToTheLibraryFinds() {
        for (long seed = 1; seed <= 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int jobs = 1 + random.nextInt(25);
            int pools = 1 + random.nextInt(5);
            double[][] value = new double[jobs][pools];
            double[] size = new double[jobs];
            int[] count = new int[jobs];
            for (int i = 0; i < jobs; i++) {
                for (int j = 0; j < pools; j++) {
                    value[i][j] = random.nextInt(5) == 0 ? 0 : Math.pow(10, 2 * random.nextDouble() - 1);
                }
                value[i][random.nextInt(pools)] = 1 + random.nextDouble();
                size[i] = 1 << random.nextInt(4);
                count[i] = 1 + random.nextInt(3);
            }
            double[] capacity = new double[pools];
            for (int j = 0; j < pools; j++) {
                capacity[j] = 1 + random.nextInt(40);
            }
            var solution = new MaxMinProgram(value, size, count, capacity).solve();
            double expected = whole(value, size, count, capacity);
            assertEquals(expected, solution.z(), 1e-4 * expected, "seed " + seed);
            check(solution, value, size, count, capacity, "seed " + seed);
        }
    }

    @Test
    void refusesAJobOfNoValueAnywhere() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new MaxMinProgram(new double[][] {{0, 0}}, new double[] {1}, new int[] {1}, new double[] {1, 1}));
    }

    private static MaxMinProgram.Solution solve(double[][] value, double[] size, int[] count, double... capacity) {
        var solution = new MaxMinProgram(value, size, count, capacity).solve();
        check(solution, value, size, count, capacity, "");
        return solution;
    }

    private static void check(
            MaxMinProgram.Solution solution,
            double[][] value,
            double[] size,
            int[] count,
            double[] capacity,
            String message) {
        double[] use = new double[capacity.length];
        for (int i = 0; i < value.length; i++) {
            double had = 0;
            double time = 0;
            for (int j = 0; j < capacity.length; j++) {
                double share = solution.shares()[i][j];
                assertTrue(share >= 0, message);
                had += share * value[i][j];
                time += share;
                use[j] += share * size[i] * count[i];
            }
            assertTrue(had >= solution.z() * (1 - 1e-6), message);
            assertTrue(time <= 1 + 1e-6, message);
        }
        for (int j = 0; j < capacity.length; j++) {
            assertTrue(use[j] <= capacity[j] * (1 + 1e-6), message);
        }
    }

    private static double whole(double[][] value, double[] size, int[] count, double[] capacity) {
        var model = new ExpressionsBasedModel();
        Variable z = model.newVariable("z").lower(0).weight(1);
        Expression[] use = new Expression[capacity.length];
        for (int j = 0; j < use.length; j++) {
            use[j] = model.newExpression("use" + j).upper(capacity[j]);
        }
        for (int i = 0; i < value.length; i++) {
            Expression time = model.newExpression("time" + i).upper(1);
            Expression had = model.newExpression("had" + i).lower(0);
            had.set(z, -1);
            for (int j = 0; j < use.length; j++) {
                Variable share = model.newVariable("x" + i + "," + j).lower(0);
                time.set(share, 1);
                had.set(share, value[i][j]);
                use[j].set(share, size[i] * count[i]);
            }
        }
        return model.maximise().getValue();
    }
}
