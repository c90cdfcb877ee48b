package dev.pagoda.deploy.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.deploy.console.HouseSnapshot.About;
import dev.pagoda.deploy.console.HouseSnapshot.Governance;
import dev.pagoda.deploy.console.HouseSnapshot.Tenant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseHistoryTest {

    private final HouseHistory history = new HouseHistory(3);

    @Test
    void keepsTheNewestMomentsOldestFirst() {
        for (var second = 1; second <= 5; second++) {
            history.add(moment(second, 100, second * 7L));
        }

        assertArrayEquals(new long[] {3, 4, 5}, history.columns().get("at"));
        assertArrayEquals(new long[] {21, 28, 35}, history.columns().get("cost"));
    }

    @Test
    void marksAnAbsentFloorWithMinusOne() {
        history.add(moment(1, 100, 5));

        assertArrayEquals(new long[] {-1}, history.columns().get("requests"));
        assertArrayEquals(new long[] {-1}, history.columns().get("busy"));
    }

    @Test
    void beginsAnewWhenThePlatformWasRestarted() {
        history.add(moment(1, 100, 5));
        history.add(moment(2, 100, 6));
        history.add(moment(9, 200, 0));

        assertArrayEquals(new long[] {9}, history.columns().get("at"));
    }

    @Test
    void allColumnsAreEquallyLong() {
        history.add(new DemoHouse(50_000_000).snapshot());

        history.columns().forEach((name, values) -> assertEquals(1, values.length, name));
    }

    @Test
    void refusesToKeepNothing() {
        assertThrows(IllegalArgumentException.class, () -> new HouseHistory(0));
    }

    private static HouseSnapshot moment(long atMillis, long startedAtMillis, long costNanos) {
        return new HouseSnapshot(
                atMillis,
                new About("1", startedAtMillis),
                null,
                null,
                null,
                null,
                null,
                Governance.of(List.of(new Tenant("demo", 1, 2, costNanos))));
    }
}
