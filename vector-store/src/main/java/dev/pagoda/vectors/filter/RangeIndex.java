package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Slots by a number or a date, in order. Every value is kept as a `long` that sorts as the value does.
public final class RangeIndex extends FieldIndex {
    /// Whole numbers beyond are rounded when they are compared as fractions.
    private static final double EXACT = 0x1p53;

    /// What is held.
    public enum Kind {
        /// Whole numbers.
        INTEGER,
        /// Numbers of both kinds, as fractions.
        FLOAT,
        /// Texts that tell a date and time, as microseconds since 1970.
        TIME
    }

    private final Kind kind;
    private final boolean isForLookup;
    private final SortedSlots slots = new SortedSlots();

    /// @param isForLookup whether it was asked for to look up single values, which changes no filter
    public RangeIndex(KeyPath key, Kind kind, boolean isForLookup) {
        super(key);
        this.kind = kind;
        this.isForLookup = isForLookup;
    }

    /// Whether its values may be counted one by one.
    public boolean isForLookup() {
        return isForLookup;
    }

    public Kind kind() {
        return kind;
    }

    /// Is told kept values and their slots in order.
    public interface Visitor {
        /// @param value as [#value] takes it
        /// @return whether to go on
        boolean visit(long value, int slot);
    }

    /// Tells the values in order, of equal ones no slot before another for a reason.
    ///
    /// @param from the first value, as [#sortable] gives it; null = the first of all
    public void visit(boolean isDescending, @Nullable Long from, Visitor visitor) {
        if (isDescending) {
            slots.descending(from == null ? Long.MAX_VALUE : from, visitor::visit);
        } else {
            slots.ascending(from == null ? Long.MIN_VALUE : from, visitor::visit);
        }
    }

    /// What a kept value stands for: a `Long`, or a `Double` where fractions are held.
    public Object value(long kept) {
        if (kind == Kind.FLOAT) {
            return fraction(kept);
        }
        return kept;
    }

    /// Where an order begins that is asked to begin at a value.
    ///
    /// @param value      a `Long` or `Double`, or a text with a date
    /// @return empty if it is of a kind that is not held
    public Optional<Long> sortable(Object value, boolean isDescending) {
        return switch (kind) {
            case INTEGER ->
                switch (value) {
                    case Long number -> Optional.of(number);
                    case Double number -> Optional.of((long) (isDescending ? Math.floor(number) : Math.ceil(number)));
                    default -> Optional.empty();
                };
            case FLOAT ->
                value instanceof Number number ? Optional.of(sortable(number.doubleValue())) : Optional.empty();
            case TIME ->
                switch (value) {
                    case String text -> {
                        OptionalLong micros = Timestamps.micros(text);
                        yield micros.isPresent() ? Optional.of(micros.getAsLong()) : Optional.empty();
                    }
                    case Long micros -> Optional.of(micros);
                    default -> Optional.empty();
                };
        };
    }

    private OptionalLong kept(@Nullable Object value) {
        return switch (kind) {
            case INTEGER -> value instanceof Long number ? OptionalLong.of(number) : OptionalLong.empty();
            case FLOAT ->
                value instanceof Number number ? OptionalLong.of(sortable(number.doubleValue())) : OptionalLong.empty();
            case TIME -> value instanceof String text ? Timestamps.micros(text) : OptionalLong.empty();
        };
    }

    /// Bits that sort as the number does; both zeros are one.
    private static long sortable(double number) {
        long bits = Double.doubleToLongBits(number + 0.0);
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    private static double fraction(long sortable) {
        return Double.longBitsToDouble(sortable ^ ((sortable >> 63) & Long.MAX_VALUE));
    }

    @Override
    boolean holds(Object value) {
        return kept(value).isPresent();
    }

    @Override
    boolean addValue(int slot, Object value) {
        OptionalLong kept = kept(value);
        if (kept.isEmpty()) {
            return false;
        }
        slots.add(kept.getAsLong(), slot);
        return true;
    }

    @Override
    void removeValue(int slot, Object value) {
        kept(value).ifPresent(kept -> slots.remove(kept, slot));
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        return switch (condition) {
            case Condition.Matches(KeyPath _, Match.Value(Object wanted)) -> Optional.of(equal(Set.of(wanted), words));
            case Condition.Matches(KeyPath _, Match.AnyOf(Set<Object> wanted)) -> Optional.of(equal(wanted, words));
            case Condition.NumberWithin _, Condition.TimeWithin _ -> {
                Span span = span(condition);
                if (span == null) {
                    yield Optional.empty();
                }
                long[] found = new long[words];
                slots.orInto(span.low(), span.high(), found);
                Bounds bounds = withStrays(found);
                yield Optional.of(span.isExact() ? bounds : bounds.notSure());
            }
            default -> Optional.empty();
        };
    }

    @Override
    int estimateOwn(Condition condition) {
        if (condition instanceof Condition.Matches(KeyPath _, Match.Value(Object value))) {
            OptionalLong kept = kept(value);
            return kept.isPresent() ? slots.countWithin(kept.getAsLong(), kept.getAsLong()) : 0;
        }
        Span span = span(condition);
        return span == null ? own().size() : slots.countWithin(span.low(), span.high());
    }

    private Bounds equal(Set<Object> wanted, int words) {
        long[] found = new long[words];
        boolean isOfKind = kind == Kind.INTEGER;
        for (Object each : wanted) {
            OptionalLong kept = kept(each);
            isOfKind &= each instanceof Long;
            if (kept.isPresent()) {
                slots.orInto(kept.getAsLong(), kept.getAsLong(), found);
            }
        }
        if (isOfKind) {
            return new Bounds(found, found.clone());
        }
        // a fraction is not equal to a whole number, nor one way to write a date to another
        Bounds bounds = withStrays(found);
        return kind == Kind.INTEGER ? bounds : bounds.notSure();
    }

    /// Kept values from `low` to `high`.
    ///
    /// @param isExact whether each of them meets the condition
    private record Span(long low, long high, boolean isExact) {}

    private @Nullable Span span(Condition condition) {
        if (condition instanceof Condition.TimeWithin time && kind == Kind.TIME) {
            Long above = time.above();
            Long atLeast = time.atLeast();
            Long below = time.below();
            Long atMost = time.atMost();
            long low = Math.max(
                    above == null ? Long.MIN_VALUE : Math.addExact(above, 1),
                    atLeast == null ? Long.MIN_VALUE : atLeast);
            long high = Math.min(
                    below == null ? Long.MAX_VALUE : Math.subtractExact(below, 1),
                    atMost == null ? Long.MAX_VALUE : atMost);
            return new Span(low, high, true);
        }
        if (!(condition instanceof Condition.NumberWithin range) || kind == Kind.TIME) {
            return null;
        }
        double low = PointFilter.low(range);
        double high = PointFilter.high(range);
        if (kind == Kind.FLOAT) {
            return new Span(sortable(low), sortable(high), true);
        }
        boolean isExact = (Math.abs(low) < EXACT || low == Double.NEGATIVE_INFINITY)
                && (Math.abs(high) < EXACT || high == Double.POSITIVE_INFINITY);
        double slack = isExact ? 0 : 4096;
        return new Span((long) Math.ceil(low - slack), (long) Math.floor(high + slack), isExact);
    }

    @Override
    public long bytes() {
        return slots.bytes();
    }
}
