package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What indexes tell of whole filters, by slots written out as bits.
class FilterLookupTest {
    private static final Tokenizer LETTERS = new Tokenizer() {
        @Override
        public List<String> stored(String text) {
            return List.of(text.toLowerCase(Locale.ROOT).split("[^a-z]+"));
        }

        @Override
        public List<String> asked(String text) {
            return text.isEmpty() ? List.of() : stored(text);
        }
    };

    private static final Condition RED = Condition.equal("word", "red");
    private static final Condition BLUE = Condition.equal("word", "blue");
    private static final Condition SOLD = Condition.equal("sold", true);
    private static final Condition UNKNOWN = Condition.equal("extra", "x");

    private final PayloadIndexes indexes = indexes(
            new KeywordIndex(key("word"), false, false),
            new KeywordIndex(key("parts[].word"), false, false),
            new RangeIndex(key("parts[].count"), RangeIndex.Kind.INTEGER, true),
            new RangeIndex(key("count"), RangeIndex.Kind.INTEGER, true),
            new RangeIndex(key("when"), RangeIndex.Kind.TIME, true),
            new BoolIndex(key("sold")),
            new GeoIndex(key("place")),
            new TextIndex(key("text"), LETTERS));

    private static KeyPath key(String text) {
        return KeyPath.parse(text);
    }

    private static PayloadIndexes indexes(FieldIndex... fields) {
        return new PayloadIndexes(Arrays.stream(fields).collect(Collectors.toMap(FieldIndex::key, field -> field)));
    }

    private static Filter should(Condition... conditions) {
        return new Filter(List.of(), List.of(conditions), List.of(), null);
    }

    private static Filter atLeast(int count, Condition... conditions) {
        return new Filter(List.of(), List.of(), List.of(), new Filter.MinShould(List.of(conditions), count));
    }

    private static Filter nested(Condition... conditions) {
        return Filter.all(new Condition.Nested(key("parts"), Filter.all(conditions)));
    }

    /// Slots are the numbers of points, from 0 on.
    private Optional<Bounds> bounds(Filter filter, int words) {
        return indexes.bounds(filter, words, id -> id instanceof PointId.Numbered(long number) ? (int) number : -1);
    }

    private void assertKnown(Filter filter, long sure, long possible) {
        Bounds bounds = bounds(filter, 1).orElseThrow();
        assertEquals(Long.toBinaryString(sure), Long.toBinaryString(bounds.sure()[0]), filter::toString);
        assertEquals(Long.toBinaryString(possible), Long.toBinaryString(bounds.possible()[0]), filter::toString);
    }

    private void assertUnknown(Filter filter) {
        assertTrue(bounds(filter, 1).isEmpty(), filter::toString);
    }

    /// 0: red, sold; 1: blue, sold; 2: red; 3: blue
    private void addFour() {
        indexes.add(0, Map.of("word", "red", "sold", true));
        indexes.add(1, Map.of("word", "blue", "sold", true));
        indexes.add(2, Map.of("word", "red", "sold", false));
        indexes.add(3, Map.of("word", "blue"));
    }

    @Test
    void everythingIsSureWithoutAnyCondition() {
        assertKnown(Filter.EVERYTHING, -1, -1);
    }

    @Test
    void whatMustHoldIsCutAndWhatIsUnknownLeavesNothingSure() {
        addFour();
        assertKnown(Filter.all(RED), 0b101, 0b101);
        assertKnown(Filter.all(RED, SOLD), 0b1, 0b1);
        assertKnown(Filter.all(RED, UNKNOWN), 0, 0b101);
        assertUnknown(Filter.all(UNKNOWN));
    }

    @Test
    void whatMustNotHoldIsTakenAway() {
        addFour();
        assertKnown(Filter.none(RED), ~0b101, ~0b101);
        assertKnown(Filter.none(RED, UNKNOWN), 0, ~0b101);
        assertKnown(Filter.none(UNKNOWN, SOLD), 0, ~0b11);
        assertUnknown(Filter.none(UNKNOWN));
        assertKnown(new Filter(List.of(SOLD), List.of(), List.of(RED), null), 0b10, 0b10);
    }

    @Test
    void oneOfSeveralIsEnoughUnlessOneIsUnknown() {
        addFour();
        assertKnown(should(SOLD, RED), 0b111, 0b111);
        assertUnknown(should(SOLD, UNKNOWN));
        assertKnown(new Filter(List.of(SOLD), List.of(RED, UNKNOWN), List.of(), null), 0, 0b11);
        assertKnown(new Filter(List.of(SOLD), List.of(RED), List.of(), null), 0b1, 0b1);
    }

    @Test
    void atLeastTwoOfSeveralAreNotSureButPossible() {
        addFour();
        assertKnown(atLeast(1, SOLD, RED), 0b111, 0b111);
        assertKnown(atLeast(2, SOLD, RED), 0, 0b111);
        assertUnknown(atLeast(1, SOLD, UNKNOWN));
        Filter.MinShould unknown = new Filter.MinShould(List.of(UNKNOWN), 1);
        assertKnown(new Filter(List.of(SOLD), List.of(), List.of(), unknown), 0, 0b11);
    }

    @Test
    void aFilterInAFilterIsJudgedAsAWhole() {
        addFour();
        assertKnown(Filter.all(new Condition.Sub(should(RED, SOLD)), BLUE), 0b10, 0b10);
        assertUnknown(Filter.all(new Condition.Sub(Filter.all(UNKNOWN))));
        assertKnown(Filter.none(new Condition.Sub(Filter.all(RED, UNKNOWN))), ~0b101, -1);
    }

    @Test
    void idsAreSlotsWhereThereAreSuch() {
        Set<PointId> ids = Set.of(
                PointId.of(0), PointId.of(63), PointId.of(64), PointId.ofUuid("a64a8051-3ee7-4881-8bc6-691d25c70d54"));
        assertKnown(Filter.all(new Condition.HasId(ids)), 1 | 1L << 63, 1 | 1L << 63);
        Bounds two = bounds(Filter.all(new Condition.HasId(ids)), 2).orElseThrow();
        assertEquals(1, two.sure()[1]);
        assertEquals(1, two.possible()[1]);
    }

    @Test
    void whatOnlyThePointTellsIsUnknown() {
        assertUnknown(Filter.all(new Condition.HasVector("image")));
        assertUnknown(Filter.all(new Condition.Slice(0, 2)));
    }

    @Test
    void emptinessAndNullsAndCountsComeFromTheIndex() {
        Map<String, @Nullable Object> nothing = new HashMap<>();
        nothing.put("word", null);
        indexes.add(0, nothing);
        indexes.add(1, Map.of("word", List.of()));
        indexes.add(2, Map.of("word", Arrays.asList("red", null)));
        indexes.add(3, Map.of("word", "red"));
        assertKnown(Filter.all(new Condition.IsEmpty(key("word"))), ~0b1100, ~0b1100);
        assertKnown(Filter.all(new Condition.IsNull(key("word"))), 0b101, 0b101);
        assertKnown(Filter.all(new Condition.ValuesCount(key("word"), null, 1L, null, null)), 0, 0b1100);
        assertKnown(Filter.all(new Condition.ValuesCount(key("word"), 0L, null, null, null)), 0, 0b1100);
        assertKnown(Filter.all(new Condition.ValuesCount(key("word"), null, 0L, null, null)), 0, -1);
        assertKnown(Filter.all(new Condition.ValuesCount(key("word"), -1L, null, null, null)), 0, -1);
        assertUnknown(Filter.all(new Condition.IsEmpty(key("extra"))));
    }

    @Test
    void elementsAreLookedUpUnderTheirList() {
        indexes.add(0, parts(part("red", 1), part("blue", 2)));
        indexes.add(1, parts(part("red", 2)));
        indexes.add(2, parts(part("blue", 1)));
        indexes.add(70, parts(part("red", 2)));
        Condition two = Condition.equal("count", 2);
        assertKnown(nested(RED), 0, 0b11);
        // slot 0 has both, if not in one element
        assertKnown(nested(RED, two), 0, 0b11);
        assertKnown(nested(BLUE, two), 0, 0b1);
        assertKnown(nested(UNKNOWN, BLUE), 0, 0b101);
        assertKnown(nested(BLUE, UNKNOWN), 0, 0b101);
        assertKnown(nested(new Condition.Sub(Filter.all(BLUE)), two), 0, 0b1);
        assertKnown(nested(new Condition.NumberWithin(key("count"), null, null, null, 1.0)), 0, 0b101);
        assertUnknown(nested(UNKNOWN));
        assertUnknown(nested(new Condition.IsEmpty(key("word"))));
        assertUnknown(nested(new Condition.IsNull(key("word"))));
        assertUnknown(nested(new Condition.ValuesCount(key("word"), 0L, null, null, null)));
        assertUnknown(Filter.all(new Condition.Nested(key("parts"), should(RED))));
        Bounds second = bounds(nested(RED, two), 2).orElseThrow();
        assertEquals(1L << 6, second.possible()[1]);
    }

    @Test
    void listsInListsAreLookedUpUnderBoth() {
        PayloadIndexes deep = indexes(new KeywordIndex(key("a[].b[].word"), false, false));
        deep.add(3, Map.of("a", List.of(Map.of("b", List.of(Map.of("word", "red"))))));
        deep.add(4, Map.of("a", List.of(Map.of("b", List.of(Map.of("word", "blue"))))));
        Filter filter =
                Filter.all(new Condition.Nested(key("a"), Filter.all(new Condition.Nested(key("b"), Filter.all(RED)))));
        assertEquals(1L << 3, deep.bounds(filter, 1, _ -> -1).orElseThrow().possible()[0]);
    }

    private static Map<String, @Nullable Object> parts(Map<?, ?>... parts) {
        return Map.of("parts", List.of(parts));
    }

    private static Map<String, Object> part(String word, long count) {
        return Map.of("word", word, "count", count);
    }

    /// Many are sold; a few have something of each other kind.
    private void addMany(int sold) {
        for (int slot = 0; slot < sold; slot++) {
            indexes.add(slot, Map.of("sold", true));
        }
        Map<String, @Nullable Object> before = Map.of("sold", true);
        for (int slot : new int[] {1, 3, 5}) {
            indexes.change(
                    slot,
                    before,
                    Map.of(
                            "sold",
                            true,
                            "word",
                            "red",
                            "count",
                            7L,
                            "when",
                            "1970-01-01",
                            "place",
                            Map.of("lon", 1, "lat", 1)));
        }
    }

    private long sureAmong(Condition... must) {
        Bounds bounds = bounds(Filter.all(must), 25_000 / 64 + 1).orElseThrow();
        assertEquals(0b101010, bounds.possible()[0] & 0b111111);
        return bounds.sure()[0] & 0b111111;
    }

    @Test
    void whatManyMeetIsNotLookedUpWhereFewAreLeftAnyhow() {
        addMany(25_000);
        for (Condition few : List.of(
                RED,
                Condition.equal("count", 7),
                new Condition.NumberWithin(key("count"), 6.0, null, null, null),
                new Condition.TimeWithin(key("when"), -1L, null, 1L, null),
                new Condition.WithinArea(key("place"), new GeoArea.Circle(new GeoPoint(1, 1), 1000)),
                new Condition.HasId(Set.of(PointId.of(1), PointId.of(3), PointId.of(5))))) {
            assertEquals(0b101010, sureAmong(few), few::toString);
            assertEquals(0, sureAmong(few, SOLD), few::toString);
            assertEquals(0, sureAmong(SOLD, few), few::toString);
        }
    }

    @Test
    void whatManyMeetIsLookedUpWhereItIsWorthIt() {
        addMany(25_000);
        // 25,000 / 256 = 97
        assertTrue(isSoldLookedUp(ids(97)));
        assertFalse(isSoldLookedUp(ids(96)));
        assertTrue(bounds(Filter.all(SOLD), 1).isPresent());
    }

    @Test
    void whatFewerThanManyMeetIsAlwaysLookedUp() {
        addMany(19_999);
        assertTrue(isSoldLookedUp(ids(1)));
        indexes.add(19_999, Map.of("sold", true));
        assertFalse(isSoldLookedUp(ids(1)));
    }

    private boolean isSoldLookedUp(Condition ids) {
        return bounds(Filter.all(ids, SOLD), 1).orElseThrow().sure()[0] != 0;
    }

    private static Condition ids(int count) {
        return new Condition.HasId(
                IntStream.range(0, count).mapToObj(PointId::of).collect(Collectors.toSet()));
    }

    @Test
    void onlyFieldsWhoseFirstKeyChangedAreIndexedAnew() {
        indexes.add(0, Map.of("word", "red", "count", 1L));
        indexes.change(0, Map.of("word", "red", "count", 1L), Map.of("word", "blue", "count", 1L));
        assertKnown(Filter.all(RED), 0, 0);
        assertKnown(Filter.all(BLUE), 1, 1);
        assertKnown(Filter.all(Condition.equal("count", 1)), 1, 1);
        Map<String, @Nullable Object> nothing = new HashMap<>();
        nothing.put("word", null);
        indexes.change(0, Map.of("word", "blue", "count", 1L), Map.of());
        indexes.change(0, Map.of(), nothing);
        assertKnown(Filter.all(new Condition.IsNull(key("word"))), 1, 1);
        indexes.change(0, nothing, Map.of());
        assertKnown(Filter.all(new Condition.IsNull(key("word"))), 0, 0);
        indexes.remove(0, Map.of());
        assertEquals(0, indexes.field(key("count")).orElseThrow().points());
    }

    @Test
    void sizesAreThoseOfTheFields() {
        long empty = indexes.bytes();
        addFour();
        assertEquals(indexes.fields().stream().mapToLong(FieldIndex::bytes).sum(), indexes.bytes());
        // two words of four points, and three flags
        assertEquals(empty + 2 * 220 + 4 * 3 + 3 * 3, indexes.bytes());
        indexes.add(4, Map.of("text", "a b a"));
        assertEquals(empty + 2 * 220 + 4 * 3 + 3 * 3 + 2 * 220 + 2 * 3, indexes.bytes());
        assertTrue(PayloadIndexes.NONE.isEmpty());
        assertFalse(indexes.isEmpty());
    }

    @Test
    void textsAreFoundByTheirBeginningInEitherOrder() {
        for (boolean isSorted : new boolean[] {false, true}) {
            KeywordIndex urls = new KeywordIndex(key("url"), isSorted, false);
            List<Object> values = List.of("https://b", "http://a", "https://a", "ftp://a", 5L);
            for (int slot = 0; slot < values.size(); slot++) {
                urls.add(slot, Map.of("url", values.get(slot)));
            }
            Bounds bounds = urls.bounds(new Condition.Matches(key("url"), new Match.Prefix("https")), 1);
            assertEquals(0b101, bounds.sure()[0]);
            assertEquals(0b10101, bounds.possible()[0]);
            List<String> told = new ArrayList<>();
            urls.forEach((text, slots) -> told.add(text + slots.size()));
            assertEquals(Set.of("https://b1", "http://a1", "https://a1", "ftp://a1"), Set.copyOf(told));
            assertEquals(4 * 220 + 4 * 3, urls.bytes());
        }
    }

    @Test
    void phrasesOfTheLastWordsAreFound() {
        PointFilter filter = indexes.filter(Filter.all(new Condition.Matches(key("text"), new Match.Phrase("c d"))));
        Map<String, @Nullable Object> text = Map.of("text", "a b c d");
        assertTrue(filter.matches(new PayloadOnly(text)));
        assertFalse(filter.matches(new PayloadOnly(Map.of("text", "c a d"))));
    }

    private record PayloadOnly(Map<String, @Nullable Object> payload) implements Subject {
        @Override
        public PointId id() {
            return PointId.of(0);
        }

        @Override
        public boolean hasVector(String field) {
            return false;
        }
    }

    @Test
    void estimatesAreTheNumbersOfSlots() {
        addFour();
        indexes.add(4, Map.of("word", 5L, "count", 3L, "text", "a b"));
        indexes.add(5, Map.of("word", List.of("red", "blue"), "text", "b c"));
        FieldIndex word = indexes.field(key("word")).orElseThrow();
        assertEquals(3 + 1, word.estimate(RED));
        assertEquals(6, word.estimate(Condition.oneOf("word", List.of("red", "blue"))));
        assertEquals(6, word.estimate(new Condition.Matches(key("word"), new Match.Prefix("r"))));
        assertEquals(1, word.estimate(Condition.equal("word", 5)));
        assertEquals(6, word.estimate(new Condition.IsNull(key("word"))));
        FieldIndex text = indexes.field(key("text")).orElseThrow();
        assertEquals(2, text.estimate(new Condition.Matches(key("text"), new Match.Text("b"))));
        assertEquals(1, text.estimate(new Condition.Matches(key("text"), new Match.Text("c b"))));
        assertEquals(0, text.estimate(new Condition.Matches(key("text"), new Match.Text("z b"))));
        FieldIndex sold = indexes.field(key("sold")).orElseThrow();
        assertEquals(2, sold.estimate(SOLD));
        assertEquals(1, sold.estimate(Condition.equal("sold", false)));
        assertEquals(3, sold.estimate(new Condition.IsNull(key("sold"))));
    }
}
