package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.KeyPath.Step;
import dev.pagoda.vectors.api.PointId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// The payload indexes of a collection, and what they tell of filters. The set of indexes does not change; of the
/// indexes one thread changes what they hold, and any number read it, as [SlotSet] says.
public final class PayloadIndexes {
    public static final PayloadIndexes NONE = new PayloadIndexes(Map.of());

    /// A condition that about so many slots meet is not looked up if another leaves so many times fewer to be
    /// asked: to ask a point takes as long as to look up some hundred slots.
    private static final int COSTLY = 20_000;

    private static final int TIMES = 256;

    private final Map<KeyPath, FieldIndex> fields;

    public PayloadIndexes(Map<KeyPath, FieldIndex> fields) {
        this.fields = Map.copyOf(fields);
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    public Optional<FieldIndex> field(KeyPath key) {
        return Optional.ofNullable(fields.get(key));
    }

    public Collection<FieldIndex> fields() {
        return fields.values();
    }

    public long bytes() {
        return fields.values().stream().mapToLong(FieldIndex::bytes).sum();
    }

    /// The writer's: a slot has got a payload.
    public void add(int slot, Map<String, @Nullable Object> payload) {
        if (!payload.isEmpty()) {
            for (FieldIndex field : fields.values()) {
                field.add(slot, payload);
            }
        }
    }

    /// The writer's: a slot has lost its payload.
    public void remove(int slot, Map<String, @Nullable Object> payload) {
        if (!payload.isEmpty()) {
            for (FieldIndex field : fields.values()) {
                field.remove(slot, payload);
            }
        }
    }

    /// The writer's: a slot has got another payload.
    public void change(int slot, Map<String, @Nullable Object> before, Map<String, @Nullable Object> after) {
        for (FieldIndex field : fields.values()) {
            String first = first(field);
            boolean isSame = Objects.equals(before.get(first), after.get(first))
                    && before.containsKey(first) == after.containsKey(first);
            if (!isSame) {
                field.remove(slot, before);
                field.add(slot, after);
            }
        }
    }

    private static String first(FieldIndex field) {
        return field.key().steps().getFirst() instanceof Step.Key(String name) ? name : "";
    }

    /// A filter to be asked of single points.
    public PointFilter filter(Filter filter) {
        return new PointFilter(filter, key -> fields.get(key) instanceof TextIndex text ? text.tokenizer() : null);
    }

    /// The slots that meet a filter, among all there may be.
    ///
    /// @param words  of the result; slots are below 64 times as many
    /// @param slotOf the slot of a point, negative if there is none
    /// @return empty if the indexes tell nothing
    public Optional<Bounds> bounds(Filter filter, int words, ToIntFunction<PointId> slotOf) {
        return Optional.ofNullable(new Lookup(words, slotOf).bounds(filter));
    }

    /// Finds what filters mean, null where nothing is known.
    private final class Lookup {
        private final int words;
        private final ToIntFunction<PointId> slotOf;

        Lookup(int words, ToIntFunction<PointId> slotOf) {
            this.words = words;
            this.slotOf = slotOf;
        }

        @Nullable
        Bounds bounds(Filter filter) {
            Bounds all = Bounds.everything(words);
            boolean isKnown = filter.isEverything();
            if (!filter.must().isEmpty()) {
                isKnown |= narrow(all, filter.must());
            }
            for (Condition condition : filter.mustNot()) {
                Bounds found = bounds(condition);
                isKnown |= found != null;
                all.and(found == null ? Bounds.unknown(words) : found.not());
            }
            if (!filter.should().isEmpty()) {
                Bounds any = any(filter.should());
                isKnown |= any != null;
                all.and(any == null ? Bounds.unknown(words) : any);
            }
            Filter.MinShould minShould = filter.minShould();
            if (minShould != null) {
                Bounds any = any(minShould.conditions());
                isKnown |= any != null;
                if (any == null) {
                    all.notSure();
                } else {
                    all.and(minShould.count() == 1 ? any : any.notSure());
                }
            }
            return isKnown ? all : null;
        }

        /// @return whether anything is known
        private boolean narrow(Bounds all, List<Condition> must) {
            List<Condition> cheapestFirst = must.stream()
                    .sorted(Comparator.comparingInt(this::estimate))
                    .toList();
            int least = Integer.MAX_VALUE;
            boolean isKnown = false;
            for (Condition condition : cheapestFirst) {
                int estimate = estimate(condition);
                boolean isWorthIt = estimate == Integer.MAX_VALUE || estimate < COSTLY || estimate / TIMES <= least;
                Bounds found = isWorthIt ? bounds(condition) : null;
                if (found == null) {
                    all.notSure();
                } else {
                    isKnown = true;
                    all.and(found);
                    least = Math.min(least, estimate);
                }
            }
            return isKnown;
        }

        private @Nullable Bounds any(List<Condition> conditions) {
            Bounds any = Bounds.nothing(words);
            for (Condition condition : conditions) {
                Bounds found = bounds(condition);
                if (found == null) {
                    return null;
                }
                any.or(found);
            }
            return any;
        }

        private int estimate(Condition condition) {
            return switch (condition) {
                case Condition.HasId(var ids) -> ids.size();
                case Condition.Matches _, Condition.NumberWithin _, Condition.TimeWithin _, Condition.WithinArea _ -> {
                    FieldIndex field = index(condition);
                    yield field == null ? Integer.MAX_VALUE : field.estimate(condition);
                }
                default -> Integer.MAX_VALUE;
            };
        }

        private @Nullable FieldIndex index(Condition condition) {
            KeyPath key = key(condition);
            return key == null ? null : fields.get(key);
        }

        private @Nullable Bounds bounds(Condition condition) {
            return switch (condition) {
                case Condition.Sub(Filter filter) -> bounds(filter);
                case Condition.HasId(var ids) -> {
                    Bounds found = Bounds.nothing(words);
                    for (PointId id : ids) {
                        int slot = slotOf.applyAsInt(id);
                        if (slot >= 0 && slot >>> 6 < words) {
                            found.sure()[slot >>> 6] |= 1L << slot;
                            found.possible()[slot >>> 6] |= 1L << slot;
                        }
                    }
                    yield found;
                }
                case Condition.HasVector _, Condition.Slice _ -> null;
                case Condition.Nested(KeyPath key, Filter filter) -> {
                    long[] possible = nested(key, filter);
                    yield possible == null ? null : new Bounds(new long[words], possible);
                }
                case Condition.Matches _,
                        Condition.NumberWithin _,
                        Condition.TimeWithin _,
                        Condition.WithinArea _,
                        Condition.ValuesCount _,
                        Condition.IsEmpty _,
                        Condition.IsNull _ -> {
                    FieldIndex field = index(condition);
                    yield field == null ? null : field.bounds(condition, words);
                }
            };
        }

        /// The slots with elements that one by one, though not together, may meet what must hold.
        private long @Nullable [] nested(KeyPath list, Filter filter) {
            long[] possible = null;
            for (Condition condition : filter.must()) {
                long[] found = nested(list, condition);
                if (found != null && possible != null) {
                    for (int i = 0; i < words; i++) {
                        possible[i] &= found[i];
                    }
                } else if (found != null) {
                    possible = found;
                }
            }
            return possible;
        }

        private long @Nullable [] nested(KeyPath list, Condition condition) {
            return switch (condition) {
                case Condition.Sub(Filter filter) -> nested(list, filter);
                case Condition.Nested(KeyPath key, Filter filter) -> nested(list.within(key), filter);
                case Condition.Matches _, Condition.NumberWithin _, Condition.TimeWithin _, Condition.WithinArea _ -> {
                    KeyPath key = key(condition);
                    FieldIndex field = key == null ? null : fields.get(list.within(key));
                    yield field == null ? null : field.bounds(condition, words).possible();
                }
                case Condition.HasId _,
                        Condition.HasVector _,
                        Condition.Slice _,
                        Condition.ValuesCount _,
                        Condition.IsEmpty _,
                        Condition.IsNull _ -> null;
            };
        }
    }

    private static @Nullable KeyPath key(Condition condition) {
        return switch (condition) {
            case Condition.Matches(KeyPath key, var _) -> key;
            case Condition.NumberWithin range -> range.key();
            case Condition.TimeWithin range -> range.key();
            case Condition.ValuesCount range -> range.key();
            case Condition.WithinArea(KeyPath key, var _) -> key;
            case Condition.IsEmpty(KeyPath key) -> key;
            case Condition.IsNull(KeyPath key) -> key;
            case Condition.HasId _, Condition.HasVector _, Condition.Slice _, Condition.Nested _, Condition.Sub _ ->
                null;
        };
    }
}
