package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PointFilterTest {
    /// Runs of letters, in lower case.
    private static final Tokenizer WORDS = new Tokenizer() {
        @Override
        public List<String> stored(String text) {
            return List.of(text.toLowerCase(Locale.ROOT).split("[^a-z]+"));
        }

        @Override
        public List<String> asked(String text) {
            return stored(text);
        }
    };

    private final Map<String, @Nullable Object> payload = payload();

    private static Map<String, @Nullable Object> payload() {
        Map<String, @Nullable Object> map = new HashMap<>();
        map.put("city", "London");
        map.put("tags", List.of("red", "green"));
        map.put("count", 3);
        map.put("price", 2.5);
        map.put("sold", true);
        map.put("nothing", null);
        map.put("none", List.of());
        map.put("holes", Arrays.asList(1L, null));
        map.put("a.b", "dotted");
        map.put("text", "Brave new world, twice brave");
        map.put("when", "2024-05-01T12:00:00+02:00");
        map.put("home", Map.of("lon", 13.4, "lat", 52.52));
        map.put("offices", List.of(Map.of("lon", -0.12, "lat", 51.5), Map.of("lon", 179.5, "lat", -17)));
        map.put(
                "country",
                Map.of(
                        "name",
                        "Germany",
                        "cities",
                        List.of(
                                Map.of("name", "Berlin", "population", 3.7, "sights", List.of("Gate", "Reichstag")),
                                Map.of("name", "Munich", "population", 1.5))));
        return Payloads.freeze(map);
    }

    @Test
    void matchesValuesWithoutConvertingTypes() {
        assertHolds(Condition.equal("city", "London"));
        assertFails(Condition.equal("city", "london"));
        assertHolds(Condition.equal("tags", "green"));
        assertHolds(Condition.equal("count", 3));
        assertFails(Condition.equal("count", "3"));
        assertFails(Condition.equal("price", 2));
        assertHolds(Condition.equal("sold", true));
        assertFails(Condition.equal("absent", "London"));
        assertHolds(Condition.oneOf("tags", List.of("blue", "red")));
        assertFails(matches("tags", new Match.AnyOf(Set.of())));
    }

    @Test
    void exceptAsksForAnotherValue() {
        assertHolds(matches("tags", new Match.NoneOf(Set.of("red"))));
        assertFails(matches("tags", new Match.NoneOf(Set.of("red", "green"))));
        assertFails(matches("absent", new Match.NoneOf(Set.of("red"))));
        assertHolds(matches("city", new Match.NoneOf(Set.of())));
    }

    @Test
    void walksPathsThroughMapsAndLists() {
        assertHolds(Condition.equal("country.name", "Germany"));
        assertHolds(Condition.equal("country.cities[].name", "Munich"));
        assertHolds(Condition.equal("country.cities[0].name", "Berlin"));
        assertFails(Condition.equal("country.cities[1].name", "Berlin"));
        assertFails(Condition.equal("country.cities[7].name", "Berlin"));
        assertFails(Condition.equal("country.cities.name", "Berlin"));
        assertHolds(Condition.equal("country.cities[].sights[]", "Gate"));
        assertHolds(Condition.equal("\"a.b\"", "dotted"));
        assertFails(Condition.equal("a.b", "dotted"));
    }

    @ParameterizedTest
    @CsvSource({"''", "a.", ".a", "a..b", "a[", "a[x]", "a[1]b", "'\"a'", "a[-1]"})
    void refusesMalformedPaths(String path) {
        assertThrows(IllegalArgumentException.class, () -> KeyPath.parse(path));
    }

    @Test
    void comparesNumbersOfEitherKind() {
        assertHolds(number("count", null, 3.0, null, 3.0));
        assertFails(number("count", 3.0, null, null, null));
        assertHolds(number("price", 2.4999, null, 2.5001, null));
        assertFails(number("price", null, null, 2.5, null));
        assertFails(number("city", null, 0.0, null, null));
        assertHolds(number("country.cities[].population", 3.0, null, null, null));
    }

    @Test
    void comparesDatesAcrossOffsets() {
        long ten = Timestamps.micros("2024-05-01T10:00:00Z").orElseThrow();
        assertHolds(new Condition.TimeWithin(KeyPath.parse("when"), null, ten, null, ten));
        assertFails(new Condition.TimeWithin(KeyPath.parse("when"), ten, null, null, null));
        assertFails(new Condition.TimeWithin(KeyPath.parse("city"), null, 0L, null, null));
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00Z, 0",
        "1970-01-01, 0",
        "1970-01-01 00:01, 60000000",
        "1970-01-01 00:00:01.5, 1500000",
        "1970-01-01T01:00:00.000001+01:00, 1",
        "1969-12-31T23:59:59.999999, -1"
    })
    void readsEveryFormOfDate(String text, long micros) {
        assertEquals(OptionalLong.of(micros), Timestamps.micros(text));
    }

    @ParameterizedTest
    @CsvSource({"2024", "2024-13-01", "2024-02-30", "yesterday at noon", "2024-01-01T25:00:00Z"})
    void takesNothingElseForADate(String text) {
        assertTrue(Timestamps.micros(text).isEmpty());
    }

    @Test
    void tellsEmptyFromNull() {
        assertHolds(new Condition.IsEmpty(KeyPath.parse("absent")));
        assertHolds(new Condition.IsEmpty(KeyPath.parse("nothing")));
        assertHolds(new Condition.IsEmpty(KeyPath.parse("none")));
        assertFails(new Condition.IsEmpty(KeyPath.parse("city")));
        assertHolds(new Condition.IsNull(KeyPath.parse("nothing")));
        assertHolds(new Condition.IsNull(KeyPath.parse("holes")));
        assertFails(new Condition.IsNull(KeyPath.parse("absent")));
        assertFails(new Condition.IsNull(KeyPath.parse("none")));
    }

    @Test
    void countsValues() {
        assertHolds(count("tags", 2L));
        assertHolds(count("city", 1L));
        assertHolds(count("none", 0L));
        assertHolds(count("absent", 0L));
        assertFails(count("absent", 1L));
    }

    @Test
    void nestedConditionsMeetInOneElement() {
        Condition berlin = Condition.equal("name", "Berlin");
        Condition small = number("population", null, null, 2.0, null);
        assertFails(new Condition.Nested(KeyPath.parse("country.cities"), Filter.all(berlin, small)));
        assertHolds(new Condition.Nested(
                KeyPath.parse("country.cities"), new Filter(List.of(small), List.of(), List.of(berlin), null)));
        assertHolds(
                Condition.equal("country.cities[].name", "Berlin"),
                number("country.cities[].population", null, null, 2.0, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Condition.Nested(
                        KeyPath.parse("a"), Filter.all(new Condition.Sub(Filter.none(new Condition.HasId(Set.of()))))));
    }

    @Test
    void textIsAPartWithoutAnIndexAndWordsWithOne() {
        Condition part = matches("text", new Match.Text("ave ne"));
        Condition words = matches("text", new Match.Text("WORLD brave"));
        assertHolds(part);
        assertFails(words);
        PointFilter indexed = new PointFilter(Filter.all(words), _ -> WORDS);
        assertTrue(indexed.matches(subject()));
        assertTrue(!new PointFilter(Filter.all(part), _ -> WORDS).matches(subject()));
        assertHolds(matches("text", new Match.TextAny("none world")));
        assertHolds(matches("city", new Match.Prefix("Lon")));
        assertFails(matches("city", new Match.Prefix("lon")));
    }

    @Test
    void phrasesAreWordsInSequence() {
        assertHolds(matches("text", new Match.Phrase("ave new")));
        Map<String, Boolean> holds =
                Map.of("new world", true, "brave world", false, "brave", true, "", false, "twice brave new", false);
        holds.forEach((phrase, expected) -> {
            Filter filter = Filter.all(matches("text", new Match.Phrase(phrase)));
            assertEquals(expected, new PointFilter(filter, _ -> WORDS).matches(subject()), phrase);
        });
    }

    @Test
    void wordsOfAListCountTogether() {
        Filter both = Filter.all(matches("tags", new Match.Text("green red")));
        assertTrue(new PointFilter(both, _ -> WORDS).matches(subject()));
        Filter phrase = Filter.all(matches("tags", new Match.Phrase("red green")));
        assertTrue(!new PointFilter(phrase, _ -> WORDS).matches(subject()));
    }

    @Test
    void textIndexesInsideNestedAreNamedByTheWholePath() {
        Filter filter = Filter.all(new Condition.Nested(
                KeyPath.parse("country.cities[]"), Filter.all(matches("name", new Match.Text("BERLIN")))));
        KeyPath whole = KeyPath.parse("country.cities[].name");
        assertTrue(new PointFilter(filter, key -> key.equals(whole) ? WORDS : null).matches(subject()));
        assertTrue(!new PointFilter(filter, _ -> null).matches(subject()));
    }

    @Test
    void placesLieInCirclesBoxesAndPolygons() {
        GeoPoint berlin = new GeoPoint(13.4, 52.52);
        assertHolds(within("home", new GeoArea.Circle(new GeoPoint(13.4, 52.5), 2_300)));
        assertFails(within("home", new GeoArea.Circle(new GeoPoint(13.4, 52.5), 2_200)));
        assertHolds(within("home", new GeoArea.Circle(berlin, 0)));
        assertHolds(within("offices", new GeoArea.Circle(new GeoPoint(0, 51), 100_000)));
        assertFails(within("city", new GeoArea.Circle(berlin, 1e9)));
        assertHolds(within("home", new GeoArea.Box(new GeoPoint(13, 53), new GeoPoint(14, 52))));
        assertFails(within("home", new GeoArea.Box(new GeoPoint(13.4, 53), new GeoPoint(14, 52))));
        assertHolds(within("offices", new GeoArea.Box(new GeoPoint(179, 0), new GeoPoint(-179, -20))));
        assertFails(within("home", new GeoArea.Box(new GeoPoint(179, 60), new GeoPoint(-179, -20))));
        List<GeoPoint> around = ring(13, 52, 14, 52, 14, 53, 13, 53, 13, 52);
        assertHolds(within("home", new GeoArea.Polygon(around, List.of())));
        List<GeoPoint> hole = ring(13.3, 52.5, 13.5, 52.5, 13.4, 52.6, 13.3, 52.5);
        assertFails(within("home", new GeoArea.Polygon(around, List.of(hole))));
        List<GeoPoint> edge = ring(13.4, 52, 14, 52, 14, 53, 13.4, 53, 13.4, 52);
        assertFails(within("home", new GeoArea.Polygon(edge, List.of())));
        assertThrows(IllegalArgumentException.class, () -> new GeoArea.Polygon(ring(1, 1, 2, 2, 1, 1), List.of()));
        assertThrows(
                IllegalArgumentException.class, () -> new GeoArea.Polygon(ring(1, 1, 2, 2, 3, 1, 2, 1), List.of()));
    }

    @Test
    void slicesShareOutTheIds() {
        // the vectors of the authors for the key 00 01 ... 0f and messages 00 01 02 ...
        assertEquals(0x93f5f5799a932462L, SipHash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x0706050403020100L));
        assertEquals(
                0x3f2acc7f57c29bdbL,
                SipHash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L));
        int holding = 0;
        for (int index = 0; index < 7; index++) {
            holding += holds(Filter.all(new Condition.Slice(index, 7))) ? 1 : 0;
        }
        assertEquals(1, holding);
        assertThrows(IllegalArgumentException.class, () -> new Condition.Slice(7, 7));
    }

    private static Condition within(String key, GeoArea area) {
        return new Condition.WithinArea(KeyPath.parse(key), area);
    }

    private static List<GeoPoint> ring(double... coordinates) {
        List<GeoPoint> points = new ArrayList<>();
        for (int i = 0; i < coordinates.length; i += 2) {
            points.add(new GeoPoint(coordinates[i], coordinates[i + 1]));
        }
        return points;
    }

    @Test
    void clausesHoldTogether() {
        Condition yes = new Condition.HasId(Set.of(PointId.of(5)));
        Condition no = new Condition.HasId(Set.of(PointId.of(6)));
        assertEquals(true, holds(Filter.EVERYTHING));
        assertEquals(true, holds(new Filter(List.of(yes), List.of(no, yes), List.of(no), null)));
        assertEquals(false, holds(new Filter(List.of(yes, no), List.of(), List.of(), null)));
        assertEquals(false, holds(new Filter(List.of(), List.of(no), List.of(), null)));
        assertEquals(false, holds(new Filter(List.of(), List.of(), List.of(yes), null)));
        assertEquals(true, holds(minShould(2, yes, no, yes)));
        assertEquals(false, holds(minShould(2, yes, no, no)));
        assertEquals(false, holds(minShould(3, yes, yes)));
        assertHolds(new Condition.HasVector("v"));
        assertFails(new Condition.HasVector("w"));
    }

    private static Filter minShould(int count, Condition... conditions) {
        return new Filter(List.of(), List.of(), List.of(), new Filter.MinShould(List.of(conditions), count));
    }

    private static Condition matches(String key, Match match) {
        return new Condition.Matches(KeyPath.parse(key), match);
    }

    private static Condition number(
            String key, @Nullable Double gt, @Nullable Double gte, @Nullable Double lt, @Nullable Double lte) {
        return new Condition.NumberWithin(KeyPath.parse(key), gt, gte, lt, lte);
    }

    private static Condition count(String key, long exactly) {
        return new Condition.ValuesCount(KeyPath.parse(key), null, exactly, null, exactly);
    }

    private void assertHolds(Condition... conditions) {
        assertTrue(holds(Filter.all(conditions)), () -> Arrays.toString(conditions));
    }

    private void assertFails(Condition condition) {
        assertTrue(!holds(Filter.all(condition)), condition::toString);
    }

    private boolean holds(Filter filter) {
        return new PointFilter(filter, _ -> null).matches(subject());
    }

    private Subject subject() {
        return new Subject() {
            @Override
            public PointId id() {
                return PointId.of(5);
            }

            @Override
            public Map<String, @Nullable Object> payload() {
                return payload;
            }

            @Override
            public boolean hasVector(String field) {
                return field.equals("v");
            }
        };
    }
}
