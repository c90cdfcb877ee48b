package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplicaActivityTest {
    @Test
    void tellsTheBusyPartOfTheTimeSinceItWasLastAsked() {
        var activity = new ReplicaActivity(100);
        assertEquals(0, activity.take(100));
        activity.note(true, 150);
        assertEquals(.5, activity.take(200));
        assertEquals(1, activity.take(300));
        activity.note(true, 320);
        activity.note(false, 325);
        activity.note(false, 390);
        assertEquals(.25, activity.take(400));
        assertEquals(0, activity.take(500));
    }

    @Test
    void partsAddUpToTheWholeHoweverOftenItIsAsked() {
        var random = new Random(11);
        for (int round = 0; round < 200; round++) {
            var activity = new ReplicaActivity(0);
            long busy = 0;
            double told = 0;
            long now = 0;
            long asked = 0;
            boolean isBusy = false;
            for (int i = 0; i < 50; i++) {
                long span = random.nextInt(1_000);
                now += span;
                busy += isBusy ? span : 0;
                if (random.nextBoolean()) {
                    isBusy = random.nextBoolean();
                    activity.note(isBusy, now);
                } else {
                    told += activity.take(now) * (now - asked);
                    asked = now;
                }
            }
            told += activity.take(now) * (now - asked);
            assertEquals((double) busy, told, 1e-6);
        }
    }
}
