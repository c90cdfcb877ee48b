package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Slots by text.
public final class KeywordIndex extends FieldIndex {
    /// So many texts at most are looked through for those that meet a condition.
    private static final int MOST_LOOKED_AT = 100_000;

    private final ConcurrentMap<String, SlotSet> slots;
    private final boolean isUuid;

    /// @param isSorted whether texts are found by their beginning
    /// @param isUuid   whether only UUIDs are held
    public KeywordIndex(KeyPath key, boolean isSorted, boolean isUuid) {
        super(key);
        this.slots = isSorted ? new ConcurrentSkipListMap<>() : new ConcurrentHashMap<>();
        this.isUuid = isUuid;
    }

    /// Tells each text and its slots, in no order.
    public void forEach(BiConsumer<String, SlotSet> consumer) {
        slots.forEach(consumer);
    }

    @Override
    boolean holds(Object value) {
        return value instanceof String text && (!isUuid || isUuid(text));
    }

    @Override
    boolean addValue(int slot, Object value) {
        if (!(value instanceof String text) || !holds(text)) {
            return false;
        }
        slots.computeIfAbsent(text, _ -> new SlotSet()).add(slot);
        return true;
    }

    @Override
    void removeValue(int slot, Object value) {
        SlotSet set = value instanceof String text ? slots.get(text) : null;
        if (set != null && set.remove(slot) && set.size() == 0) {
            slots.remove(value);
        }
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        if (!(condition instanceof Condition.Matches(KeyPath _, Match match))) {
            return Optional.empty();
        }
        return switch (match) {
            case Match.Value(Object wanted) -> Optional.of(equal(Set.of(wanted), words));
            case Match.AnyOf(Set<Object> wanted) -> Optional.of(equal(wanted, words));
            case Match.Prefix(String prefix) -> beginning(prefix, words);
            case Match.Text(String text) -> matching(present -> present.contains(text), words);
            case Match.Phrase(String text) -> matching(present -> present.contains(text), words);
            case Match.TextAny _, Match.NoneOf _ -> Optional.empty();
        };
    }

    @Override
    Optional<Bounds> others(Set<Object> unwanted, int words) {
        return matching(present -> !unwanted.contains(present), words);
    }

    @Override
    int estimateOwn(Condition condition) {
        if (!(condition instanceof Condition.Matches(KeyPath _, Match match))) {
            return own().size();
        }
        Set<Object> wanted = switch (match) {
            case Match.Value(Object value) -> Set.of(value);
            case Match.AnyOf(Set<Object> values) -> values;
            case Match.NoneOf _, Match.Prefix _, Match.Text _, Match.TextAny _, Match.Phrase _ -> Set.of();
        };
        if (wanted.isEmpty()) {
            return own().size();
        }
        long total = 0;
        for (Object each : wanted) {
            SlotSet set = each instanceof String text ? slots.get(text) : null;
            total += set == null ? 0 : set.size();
        }
        return (int) Math.min(own().size(), total);
    }

    private Bounds equal(Set<Object> wanted, int words) {
        long[] found = new long[words];
        boolean isOfKind = true;
        for (Object each : wanted) {
            SlotSet set = each instanceof String text ? slots.get(text) : null;
            isOfKind &= each instanceof String && !isUuid;
            if (set != null) {
                set.orInto(found);
            }
        }
        return isOfKind ? new Bounds(found, found.clone()) : withStrays(found);
    }

    private Optional<Bounds> beginning(String prefix, int words) {
        if (!(slots instanceof NavigableMap<String, SlotSet> sorted)) {
            return matching(present -> present.startsWith(prefix), words);
        }
        long[] found = new long[words];
        for (Map.Entry<String, SlotSet> entry : sorted.tailMap(prefix, true).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            entry.getValue().orInto(found);
        }
        return Optional.of(withStrays(found));
    }

    private Optional<Bounds> matching(Predicate<String> test, int words) {
        if (slots.size() > MOST_LOOKED_AT) {
            return Optional.empty();
        }
        long[] found = new long[words];
        slots.forEach((text, set) -> {
            if (test.test(text)) {
                set.orInto(found);
            }
        });
        return Optional.of(withStrays(found));
    }

    private static boolean isUuid(String text) {
        try {
            return PointId.ofUuid(text) instanceof PointId.Named;
        } catch (IllegalArgumentException noUuid) {
            return false;
        }
    }

    @Override
    public long bytes() {
        return slots.size() * BYTES_PER_VALUE + own().size() * BYTES_PER_SLOT;
    }
}
