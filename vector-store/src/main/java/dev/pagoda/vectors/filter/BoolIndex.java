package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import java.util.Optional;
import java.util.Set;

/// Slots by a boolean.
public final class BoolIndex extends FieldIndex {
    private final SlotSet trues = new SlotSet();
    private final SlotSet falses = new SlotSet();

    public BoolIndex(KeyPath key) {
        super(key);
    }

    /// The slots with a value.
    public SlotSet slots(boolean value) {
        return value ? trues : falses;
    }

    @Override
    boolean holds(Object value) {
        return value instanceof Boolean;
    }

    @Override
    boolean addValue(int slot, Object value) {
        if (value instanceof Boolean flag) {
            slots(flag).add(slot);
            return true;
        }
        return false;
    }

    @Override
    void removeValue(int slot, Object value) {
        if (value instanceof Boolean flag) {
            slots(flag).remove(slot);
        }
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        return condition instanceof Condition.Matches(KeyPath _, Match.Value(Boolean wanted))
                ? Optional.of(Bounds.exactly(slots(wanted), words))
                : Optional.empty();
    }

    @Override
    Optional<Bounds> others(Set<Object> unwanted, int words) {
        long[] found = new long[words];
        for (boolean value : new boolean[] {false, true}) {
            if (!unwanted.contains(value)) {
                slots(value).orInto(found);
            }
        }
        return Optional.of(withStrays(found));
    }

    @Override
    int estimateOwn(Condition condition) {
        return condition instanceof Condition.Matches(KeyPath _, Match.Value(Boolean wanted))
                ? slots(wanted).size()
                : own().size();
    }

    @Override
    public long bytes() {
        return own().size() * BYTES_PER_SLOT;
    }
}
