package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.PointId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PointFilterTest {
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
        PointFilter indexed = new PointFilter(Filter.all(words), key -> true);
        assertTrue(indexed.matches(subject()));
        assertTrue(!new PointFilter(Filter.all(part), key -> true).matches(subject()));
        assertHolds(matches("text", new Match.TextAny("none world")));
        assertHolds(matches("city", new Match.Prefix("Lon")));
        assertFails(matches("city", new Match.Prefix("lon")));
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
        return new PointFilter(filter, key -> false).matches(subject());
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
