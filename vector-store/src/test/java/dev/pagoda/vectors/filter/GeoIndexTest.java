package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GeoIndexTest {
    private static final KeyPath KEY = KeyPath.parse("place");
    private static final double CELL = 1 / 256.0;

    private final GeoIndex index = new GeoIndex(KEY);
    private final List<GeoPoint> places = new ArrayList<>();

    private static Map<String, Object> payload(GeoPoint place) {
        return Map.of("place", Map.of("lon", place.lon(), "lat", place.lat()));
    }

    private void add(double lon, double lat) {
        GeoPoint place = new GeoPoint(lon, lat);
        index.add(places.size(), payload(place));
        places.add(place);
    }

    private static GeoArea.Box box(double west, double east, double south, double north) {
        return new GeoArea.Box(new GeoPoint(west, north), new GeoPoint(east, south));
    }

    /// Places lie away from edges: what is found is what the area holds, and all of it is sure.
    private void assertFindsWhatIsWithin(GeoArea area) {
        int words = places.size() / 64 + 1;
        Bounds bounds = index.bounds(new Condition.WithinArea(KEY, area), words);
        for (int slot = 0; slot < places.size(); slot++) {
            boolean holds = Geo.holds(area, places.get(slot));
            String at = area + " " + places.get(slot);
            assertEquals(holds, ((bounds.sure()[slot >>> 6] >>> slot) & 1) != 0, at);
            assertEquals(holds, ((bounds.possible()[slot >>> 6] >>> slot) & 1) != 0, at);
        }
    }

    @Test
    void smallBoxesAmongManyPlacesAreFoundCellByCell() {
        Random random = new Random(20251203);
        for (int i = 0; i < 1500; i++) {
            add(10 + random.nextInt(512) * CELL + 0.001, 50 + random.nextInt(512) * CELL + 0.001);
        }
        for (int i = 0; i < 60; i++) {
            double west = 10 + random.nextInt(500) * CELL;
            double south = 50 + random.nextInt(500) * CELL;
            double width = random.nextInt(80) * CELL;
            double height = random.nextInt(80) * CELL;
            assertFindsWhatIsWithin(box(west, west + width, south, south + height));
            assertFindsWhatIsWithin(box(west - 0.0005, west + 0.002, south - 0.0005, south + 0.002));
            assertFindsWhatIsWithin(new GeoArea.Circle(new GeoPoint(west, south), 100 + random.nextInt(20_000)));
        }
    }

    @Test
    void tallBoxesAreFoundInOneRun() {
        Random random = new Random(20251204);
        for (int i = 0; i < 2500; i++) {
            add(random.nextInt(359) - 179.37, random.nextInt(179) - 89.37);
        }
        for (int i = 0; i < 60; i++) {
            double west = random.nextInt(360) - 180;
            double east = random.nextInt(360) - 180;
            double south = random.nextInt(80) - 85;
            assertFindsWhatIsWithin(box(west, east, south, south + 9 + random.nextInt(80)));
        }
        assertFindsWhatIsWithin(box(-180, 180, -90, 90));
        assertFindsWhatIsWithin(box(170, -170, -80, 80));
    }

    @Test
    void fewPlacesAreFoundWhereverTheyAre() {
        add(-180, -90);
        add(180, 90);
        add(0, 0);
        add(179.99, 10);
        add(-179.99, 10);
        assertFindsWhatIsWithin(box(-1, 1, -1, 1));
        assertFindsWhatIsWithin(box(179, -179, 9, 11));
        assertFindsWhatIsWithin(new GeoArea.Circle(new GeoPoint(180, 10), 5_000));
        assertFindsWhatIsWithin(new GeoArea.Circle(new GeoPoint(0, 90), 5_000));
        assertFindsWhatIsWithin(new GeoArea.Circle(new GeoPoint(0, 0), 3e7));
    }

    @Test
    void whatIsAtTheVeryEdgeIsPossibleButNotSure() {
        add(10, 20);
        add(10.01, 20.01);
        add(12, 20.01);
        Bounds bounds = index.bounds(new Condition.WithinArea(KEY, box(10, 12, 20, 21)), 1);
        assertEquals(0b010, bounds.sure()[0]);
        assertEquals(0b111, bounds.possible()[0]);
    }

    @Test
    void slotsBeyondTheAskedOnesAreLeftOut() {
        for (int slot = 0; slot < 200; slot++) {
            add(1, 1);
        }
        Bounds bounds = index.bounds(new Condition.WithinArea(KEY, box(0, 2, 0, 2)), 2);
        assertEquals(2, bounds.sure().length);
        assertEquals(-1L, bounds.sure()[0] & bounds.sure()[1]);
    }

    @Test
    void placesThatAreRemovedAreGone() {
        add(1, 1);
        add(1, 1);
        assertEquals(80 + 2 * 12 + 80, index.bytes());
        index.remove(0, payload(places.getFirst()));
        Bounds bounds = index.bounds(new Condition.WithinArea(KEY, box(0, 2, 0, 2)), 1);
        assertEquals(0b10, bounds.sure()[0]);
        assertEquals(80 + 12 + 80, index.bytes());
        assertEquals(1, index.values());
    }
}
