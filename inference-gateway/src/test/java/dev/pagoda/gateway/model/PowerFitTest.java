package dev.pagoda.gateway.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PowerFitTest {
    /// Prompts, then tokens, on a device of which memory takes 60 % of the limit and computing 50 %.
    private static List<PowerFit.Point> points(double noise) {
        Random random = new Random(11);
        var points = new ArrayList<PowerFit.Point>();
        for (int i = 0; i < 40; i++) {
            var prompt =
                    new PowerFit.Phase(.1 + random.nextDouble(), .1 * random.nextDouble(), .6 * random.nextDouble());
            var tokens = new PowerFit.Phase(1 + random.nextDouble(), .2 + .6 * random.nextDouble(), .02);
            double seconds = prompt.seconds() + tokens.seconds();
            double share = (prompt.seconds() * share(prompt) + tokens.seconds() * share(tokens)) / seconds;
            points.add(new PowerFit.Point(List.of(prompt, tokens), share * Math.exp(noise * random.nextGaussian())));
        }
        return points;
    }

    private static double share(PowerFit.Phase phase) {
        return .15 + .6 * Math.pow(phase.memoryUse(), .7) + .5 * phase.computeUse();
    }

    @Test
    void findsTheFiguresThatMadeThePoints() {
        PowerFit fit = PowerFit.of(points(0), .15);

        assertEquals(.6, fit.memory(), .01);
        assertEquals(.7, fit.exponent(), 1e-9);
        assertEquals(.5, fit.compute(), .02);
        assertTrue(fit.testError() < 1e-3, fit.toString());
    }

    @Test
    void theErrorOfTheOthersIsThatOfTheMeasurements() {
        PowerFit fit = PowerFit.of(points(.1), .15);

        assertTrue(fit.testError() > .04 && fit.testError() < .16, fit.toString());
    }

    @Test
    void drawsNoMoreThanTheLimit() {
        var fit = new PowerFit(.15, .8, .5, 1.5, 0, 0);

        assertEquals(.15, fit.share(0, 0), 1e-12);
        assertEquals(1, fit.share(1, 1), 1e-12);
    }

    @Test
    void refusesWhatIsNoMeasurement() {
        assertThrows(IllegalArgumentException.class, () -> PowerFit.of(points(0).subList(0, 4), .15));
        assertThrows(IllegalArgumentException.class, () -> PowerFit.of(points(0), 1));
        assertThrows(IllegalArgumentException.class, () -> new PowerFit.Phase(1, 1.1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PowerFit.Point(List.of(), .5));
    }
}
