package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadIndexesTest {
    private static final int SLOTS = 300;
    private static final int WORDS = (SLOTS + 63) / 64;

    private static final Tokenizer TOKENS = new Tokenizer() {
        @Override
        public List<String> stored(String text) {
            return List.of(text.toLowerCase(Locale.ROOT).split("[^a-z]+"));
        }

        @Override
        public List<String> asked(String text) {
            return text.isEmpty() ? List.of() : stored(text);
        }
    };

    private final Map<Integer, Map<String, @Nullable Object>> payloads = new HashMap<>();

    private static PayloadIndexes indexes() {
        Map<KeyPath, FieldIndex> fields = new HashMap<>();
        FilterSamples.SCHEMA.forEach((name, schema) -> {
            KeyPath key = KeyPath.parse(name);
            Object kind = schema instanceof Map<?, ?> options ? options.get("type") : schema;
            fields.put(
                    key,
                    switch (String.valueOf(kind)) {
                        case "keyword" -> new KeywordIndex(key, schema instanceof Map, false);
                        case "uuid" -> new KeywordIndex(key, false, true);
                        case "integer" -> new RangeIndex(key, RangeIndex.Kind.INTEGER, true);
                        case "float" -> new RangeIndex(key, RangeIndex.Kind.FLOAT, true);
                        case "datetime" -> new RangeIndex(key, RangeIndex.Kind.TIME, true);
                        case "bool" -> new BoolIndex(key);
                        case "geo" -> new GeoIndex(key);
                        default -> new TextIndex(key, TOKENS);
                    });
        });
        return new PayloadIndexes(fields);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @Tag("broad")
    void boundsHoldWhatMatchesAfterManyChanges(long seed) {
        checkBounds(seed, 40, 60);
    }

    @Test
    void boundsHoldWhatMatchesAfterSomeChanges() {
        checkBounds(9, 12, 20);
    }

    private void checkBounds(long seed, int rounds, int each) {
        Random random = new Random(seed);
        FilterSamples samples = new FilterSamples(random);
        PayloadIndexes indexes = indexes();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < each; i++) {
                change(indexes, random.nextInt(SLOTS), samples, random);
            }
            for (int i = 0; i < each; i++) {
                Filter filter = samples.filter(2);
                check(indexes, filter, "seed " + seed + " round " + round + " " + filter);
            }
        }
        payloads.forEach(indexes::remove);
        for (FieldIndex field : indexes.fields()) {
            assertEquals(0, field.points());
            assertEquals(0, field.values());
        }
    }

    private void change(PayloadIndexes indexes, int slot, FilterSamples samples, Random random) {
        Map<String, @Nullable Object> present = payloads.get(slot);
        if (present == null) {
            Map<String, @Nullable Object> payload = samples.payload();
            indexes.add(slot, payload);
            payloads.put(slot, payload);
        } else if (random.nextInt(3) == 0) {
            indexes.remove(slot, present);
            payloads.remove(slot);
        } else {
            Map<String, @Nullable Object> payload = samples.payload();
            indexes.change(slot, present, payload);
            payloads.put(slot, payload);
        }
    }

    private void check(PayloadIndexes indexes, Filter filter, String at) {
        Optional<Bounds> bounds = indexes.bounds(filter, WORDS, id -> slotOf(id, payloads));
        if (bounds.isEmpty()) {
            return;
        }
        PointFilter test = indexes.filter(filter);
        payloads.forEach((slot, payload) -> {
            boolean matches = test.matches(subject(slot, payload));
            boolean sure = ((bounds.get().sure()[slot >>> 6] >>> slot) & 1) != 0;
            boolean possible = ((bounds.get().possible()[slot >>> 6] >>> slot) & 1) != 0;
            assertTrue(!sure || matches, () -> at + " is sure of " + payload);
            assertTrue(possible || !matches, () -> at + " misses " + payload);
        });
    }

    private static int slotOf(PointId id, Map<Integer, ?> payloads) {
        return id instanceof PointId.Numbered(long number) && payloads.containsKey((int) number) ? (int) number : -1;
    }

    private static Subject subject(int slot, Map<String, @Nullable Object> payload) {
        return new Subject() {
            @Override
            public PointId id() {
                return PointId.of(slot);
            }

            @Override
            public Map<String, @Nullable Object> payload() {
                return payload;
            }

            @Override
            public boolean hasVector(String field) {
                return false;
            }
        };
    }

    @Test
    void tellsMostConditionsExactly() {
        PayloadIndexes indexes = indexes();
        Map<String, @Nullable Object> payload =
                Map.of("word", List.of("red", "blue"), "count", 3L, "price", 2.5, "when", "2024-01-01", "sold", true);
        Map<String, @Nullable Object> whole = new HashMap<>(payload);
        whole.put("text", "light red wine");
        whole.put("url", "https://a.example");
        indexes.add(7, whole);
        indexes.add(8, Map.of("word", "green"));
        for (Condition condition : List.of(
                Condition.equal("word", "red"),
                Condition.oneOf("word", List.of("blue", "pink")),
                matches("word", new Match.NoneOf(Set.of("green"))),
                matches("url", new Match.Prefix("https://")),
                matches("text", new Match.Text("wine light")),
                matches("text", new Match.TextAny("beer wine")),
                Condition.equal("count", 3),
                Condition.equal("sold", true),
                new Condition.NumberWithin(KeyPath.parse("count"), null, 3.0, null, 3.0),
                new Condition.NumberWithin(KeyPath.parse("price"), 2.0, null, 3.0, null),
                new Condition.TimeWithin(KeyPath.parse("when"), 0L, null, null, null))) {
            Bounds bounds = indexes.bounds(Filter.all(condition), 1, _ -> -1).orElseThrow();
            assertEquals(1L << 7, bounds.sure()[0], condition::toString);
            assertEquals(1L << 7, bounds.possible()[0], condition::toString);
        }
        Bounds empty = indexes.bounds(Filter.all(new Condition.IsEmpty(KeyPath.parse("count"))), 1, _ -> -1)
                .orElseThrow();
        assertEquals(~(1L << 7), empty.sure()[0]);
        assertTrue(indexes.bounds(Filter.all(Condition.equal("extra", "x")), 1, _ -> -1)
                .isEmpty());
    }

    private static Condition matches(String key, Match match) {
        return new Condition.Matches(KeyPath.parse(key), match);
    }

    @Test
    void countsNoPlaceTwiceAcrossTheAntimeridian() {
        GeoIndex index = new GeoIndex(KeyPath.parse("place"));
        index.add(0, Map.of("place", Map.of("lon", 179.99, "lat", 10)));
        index.add(1, Map.of("place", Map.of("lon", -179.99, "lat", 10)));
        index.add(2, Map.of("place", Map.of("lon", 0, "lat", 10)));
        index.add(3, Map.of("place", Map.of("lon", 50, "lat", 89.99)));
        assertEquals(0b11, found(index, new GeoArea.Circle(new GeoPoint(180, 10), 5_000)));
        assertEquals(0b1000, found(index, new GeoArea.Circle(new GeoPoint(-130, 89.99), 5_000)));
        assertEquals(0b1111, found(index, new GeoArea.Circle(new GeoPoint(0, 0), 3e7)));
    }

    private static long found(GeoIndex index, GeoArea area) {
        return index.bounds(new Condition.WithinArea(index.key(), area), 1).possible()[0];
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    @Tag("broad")
    void placesAreJudgedAsThePointsThemselvesAre(long seed) {
        Random random = new Random(seed);
        GeoIndex index = new GeoIndex(KeyPath.parse("place"));
        List<GeoPoint> places = new ArrayList<>();
        for (int slot = 0; slot < 2_000; slot++) {
            GeoPoint place = random.nextInt(50) == 0
                    ? new GeoPoint(random.nextBoolean() ? 180 : -180, random.nextBoolean() ? 90 : -90)
                    : new GeoPoint(random.nextDouble() * 360 - 180, random.nextDouble() * 180 - 90);
            index.add(slot, Map.of("place", Map.of("lon", place.lon(), "lat", place.lat())));
            places.add(place);
        }
        for (int i = 0; i < 150; i++) {
            GeoPoint center = places.get(random.nextInt(places.size()));
            double radius = Math.pow(10, 2 + random.nextInt(5)) * random.nextDouble();
            GeoPoint corner = places.get(random.nextInt(places.size()));
            GeoArea area = switch (i % 3) {
                case 0 -> new GeoArea.Circle(center, radius);
                case 1 -> new GeoArea.Box(center, corner);
                default ->
                    new GeoArea.Polygon(
                            List.of(center, corner, places.get(random.nextInt(places.size())), center), List.of());
            };
            Bounds bounds = index.bounds(new Condition.WithinArea(index.key(), area), 2_000 / 64 + 1);
            for (int slot = 0; slot < places.size(); slot++) {
                boolean holds = Geo.holds(area, places.get(slot));
                boolean sure = ((bounds.sure()[slot >>> 6] >>> slot) & 1) != 0;
                boolean possible = ((bounds.possible()[slot >>> 6] >>> slot) & 1) != 0;
                String at = "seed " + seed + " " + area + " " + places.get(slot);
                assertTrue(possible || !holds, () -> at + " is missed");
                assertTrue(!sure || holds, () -> at + " is taken");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @Tag("broad")
    void slotSetsHoldWhatASetOfIntegersHolds(long seed) {
        Random random = new Random(seed);
        SlotSet slots = new SlotSet();
        boolean[] model = new boolean[150_000];
        int size = 0;
        for (int phase = 0; phase < 4; phase++) {
            int from = phase == 1 ? 60_000 : 0;
            int range = phase == 2 ? 9_000 : 90_000;
            for (int i = 0; i < 40_000; i++) {
                int slot = from + random.nextInt(range);
                boolean adds = phase == 3 ? random.nextInt(9) == 0 : random.nextInt(3) > 0;
                boolean changed = adds ? slots.add(slot) : slots.remove(slot);
                assertEquals(model[slot] != adds, changed);
                size += changed ? (adds ? 1 : -1) : 0;
                model[slot] = adds;
            }
            long[] bits = new long[model.length / 64 + 1];
            long[] expected = new long[bits.length];
            slots.orInto(bits);
            long[] visited = new long[bits.length];
            slots.forEach(slot -> visited[slot >>> 6] |= 1L << slot);
            for (int slot = 0; slot < model.length; slot++) {
                assertEquals(model[slot], slots.has(slot));
                expected[slot >>> 6] |= model[slot] ? 1L << slot : 0;
            }
            assertArrayEquals(expected, bits);
            assertArrayEquals(expected, visited);
            assertEquals(size, slots.size());
            assertEquals(size, slots.countIn(bits));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @Tag("broad")
    void sortedSlotsHoldWhatASortedSetOfPairsHolds(long seed) {
        Random random = new Random(seed);
        SortedSlots sorted = new SortedSlots();
        TreeSet<List<Long>> model = new TreeSet<>(
                Comparator.<List<Long>>comparingLong(List::getFirst).thenComparing(List::getLast));
        for (int phase = 0; phase < 4; phase++) {
            for (int i = 0; i < 6_000; i++) {
                long value = phase == 1 ? i : random.nextInt(phase == 2 ? 20 : 4_000) - 100;
                int slot = random.nextInt(3_000);
                if (random.nextInt(phase == 3 ? 2 : 4) > 0 && phase < 3) {
                    sorted.add(value, slot);
                    model.add(List.of(value, (long) slot));
                } else {
                    List<Long> pair = model.ceiling(List.of(value, (long) slot));
                    pair = pair == null ? List.of(value, (long) slot) : pair;
                    sorted.remove(pair.getFirst(), pair.getLast().intValue());
                    model.remove(pair);
                }
            }
            assertEquals(model.size(), sorted.size());
            for (int i = 0; i < 40; i++) {
                long low = random.nextInt(4_000) - 200L;
                long high = i == 0 ? Long.MAX_VALUE : low + random.nextInt(i % 2 == 0 ? 3 : 3_000) - 1L;
                checkSpan(sorted, model, i == 1 ? Long.MIN_VALUE : low, high);
            }
        }
    }

    private static void checkSpan(SortedSlots sorted, Set<List<Long>> model, long low, long high) {
        List<List<Long>> expected = model.stream()
                .filter(pair -> pair.getFirst() >= low && pair.getFirst() <= high)
                .toList();
        long[] bits = new long[3_000 / 64 + 1];
        for (List<Long> pair : expected) {
            bits[pair.getLast().intValue() >>> 6] |= 1L << pair.getLast();
        }
        long[] found = new long[bits.length];
        sorted.orInto(low, high, found);
        assertArrayEquals(bits, found);
        assertEquals(expected.size(), sorted.countWithin(low, high));
        List<List<Long>> up = new ArrayList<>();
        sorted.ascending(low, (value, slot) -> value <= high && up.add(List.of(value, (long) slot)));
        assertEquals(expected, up);
        List<List<Long>> down = new ArrayList<>();
        sorted.descending(high, (value, slot) -> value >= low && down.add(List.of(value, (long) slot)));
        assertEquals(expected.reversed(), down);
    }
}
