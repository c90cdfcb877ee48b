package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The points by their values at one key. One thread changes it, any number read it, as [SlotSet] says.
///
/// It answers a condition on its key with the slots that surely meet it and those that possibly do. What it
/// cannot hold - values of another kind - it notes, so that it never hides a point from a condition.
public abstract sealed class FieldIndex permits KeywordIndex, RangeIndex, BoolIndex, GeoIndex, TextIndex {
    /// What a value with its slots takes in memory, and each further slot, about.
    static final long BYTES_PER_VALUE = 220;

    static final long BYTES_PER_SLOT = 3;

    private final KeyPath key;

    /// Slots with a value there that is neither null nor an empty list.
    private final SlotSet filled = new SlotSet();

    /// Slots with null there, or a list that holds null.
    private final SlotSet nulls = new SlotSet();

    /// Slots with a value of the index's own kind, and of another.
    private final SlotSet own = new SlotSet();

    private final SlotSet strays = new SlotSet();

    /// Values of its own kind; written by the writer, read by any.
    private final AtomicLong values = new AtomicLong();

    FieldIndex(KeyPath key) {
        this.key = key;
    }

    public KeyPath key() {
        return key;
    }

    /// How many slots have a value that the index holds.
    public int points() {
        return own.size();
    }

    /// How many values it holds, those of a list each.
    public long values() {
        return values.get();
    }

    /// How many of a row of slots have a value that the index holds.
    public int countIn(long[] slots) {
        return own.countIn(slots);
    }

    /// The values of a payload at the key that the index holds, each once: `String`, `Long` or `Boolean`.
    public Set<Object> distinct(Map<String, @Nullable Object> payload) {
        Set<Object> values = new HashSet<>();
        Paths.anyElement(payload, key, value -> {
            if (value != null && holds(value)) {
                values.add(value);
            }
            return false;
        });
        return values;
    }

    /// The writer's: a slot has got a payload.
    public void add(int slot, Map<String, @Nullable Object> payload) {
        Paths.anyValue(payload, key, value -> {
            if (PointFilter.isFilled(value)) {
                filled.add(slot);
            }
            if (PointFilter.isOrHoldsNull(value)) {
                nulls.add(slot);
            }
            return false;
        });
        long[] added = {0};
        Paths.anyElement(payload, key, value -> {
            if (value != null) {
                boolean isOwn = addValue(slot, value);
                (isOwn ? own : strays).add(slot);
                added[0] += isOwn ? 1 : 0;
            }
            return false;
        });
        values.addAndGet(added[0]);
    }

    /// The writer's: a slot has lost the payload that was added.
    public void remove(int slot, Map<String, @Nullable Object> payload) {
        filled.remove(slot);
        nulls.remove(slot);
        own.remove(slot);
        strays.remove(slot);
        long[] removed = {0};
        Paths.anyElement(payload, key, value -> {
            if (value != null) {
                removeValue(slot, value);
                removed[0] += holds(value) ? 1 : 0;
            }
            return false;
        });
        values.addAndGet(-removed[0]);
    }

    /// The slots that meet a condition on this key.
    ///
    /// @param words of the result
    final Bounds bounds(Condition condition, int words) {
        return switch (condition) {
            case Condition.IsEmpty _ -> Bounds.exactly(filled, words).not();
            case Condition.IsNull _ -> Bounds.exactly(nulls, words);
            case Condition.ValuesCount count -> excludesNone(count) ? possibly(words) : Bounds.unknown(words);
            case Condition.Matches(KeyPath _, Match.NoneOf(var unwanted)) ->
                others(unwanted, words).orElseGet(() -> possibly(words));
            case Condition.Matches _, Condition.NumberWithin _, Condition.TimeWithin _, Condition.WithinArea _ ->
                find(condition, words).orElseGet(() -> possibly(words));
            case Condition.HasId _, Condition.HasVector _, Condition.Slice _, Condition.Nested _, Condition.Sub _ ->
                Bounds.unknown(words);
        };
    }

    /// How many slots meet a condition, from what is cheap to see; at most the true number of those that
    /// possibly do.
    final int estimate(Condition condition) {
        return Math.min(filled.size(), estimateOwn(condition) + strays.size());
    }

    private static boolean excludesNone(Condition.ValuesCount count) {
        Long above = count.above();
        Long atLeast = count.atLeast();
        return (above != null && above >= 0) || (atLeast != null && atLeast > 0);
    }

    /// Every slot with a value there.
    private Bounds possibly(int words) {
        return new Bounds(new long[words], Bounds.bits(filled, words));
    }

    /// What is found, and possibly what the index cannot hold.
    final Bounds withStrays(long[] sure) {
        long[] possible = sure.clone();
        strays.orInto(possible);
        return new Bounds(sure, possible);
    }

    final int strays() {
        return strays.size();
    }

    final void orStraysInto(long[] bits) {
        strays.orInto(bits);
    }

    final SlotSet own() {
        return own;
    }

    /// Estimate of the memory taken.
    public abstract long bytes();

    /// Whether a value is of the index's kind.
    abstract boolean holds(Object value);

    /// @return whether the value is of the index's kind
    abstract boolean addValue(int slot, Object value);

    abstract void removeValue(int slot, Object value);

    /// The slots with a value that meets a condition other than [Match.NoneOf]; empty if the index says
    /// nothing of it.
    abstract Optional<Bounds> find(Condition condition, int words);

    /// The slots with a value that is none of these; empty if that is not cheap to say.
    Optional<Bounds> others(Set<Object> unwanted, int words) {
        return Optional.empty();
    }

    /// As [#estimate], without regard to values of another kind.
    int estimateOwn(Condition condition) {
        return own.size();
    }
}
