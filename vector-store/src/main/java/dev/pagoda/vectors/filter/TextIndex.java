package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Slots by the words of their texts.
public final class TextIndex extends FieldIndex {
    private final Tokenizer tokenizer;
    private final ConcurrentHashMap<String, SlotSet> slots = new ConcurrentHashMap<>();

    /// Written by the writer, read by any.
    private volatile long postings;

    public TextIndex(KeyPath key, Tokenizer tokenizer) {
        super(key);
        this.tokenizer = tokenizer;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    boolean holds(Object value) {
        return value instanceof String;
    }

    @Override
    boolean addValue(int slot, Object value) {
        if (!(value instanceof String text)) {
            return false;
        }
        for (String word : tokenizer.stored(text)) {
            if (slots.computeIfAbsent(word, _ -> new SlotSet()).add(slot)) {
                count(1);
            }
        }
        return true;
    }

    @Override
    void removeValue(int slot, Object value) {
        if (!(value instanceof String text)) {
            return;
        }
        for (String word : tokenizer.stored(text)) {
            SlotSet set = slots.get(word);
            if (set != null && set.remove(slot)) {
                count(-1);
                if (set.size() == 0) {
                    slots.remove(word);
                }
            }
        }
    }

    private void count(int change) {
        long before = postings;
        postings = before + change;
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        if (!(condition instanceof Condition.Matches(KeyPath _, Match match))) {
            return Optional.empty();
        }
        return switch (match) {
            case Match.Text(String text) -> {
                long[] found = all(tokenizer.asked(text), words);
                yield Optional.of(new Bounds(found, found.clone()));
            }
            case Match.Phrase(String text) ->
                Optional.of(new Bounds(new long[words], all(tokenizer.asked(text), words)));
            case Match.TextAny(String text) -> {
                long[] found = new long[words];
                for (String word : Set.copyOf(tokenizer.asked(text))) {
                    SlotSet set = slots.get(word);
                    if (set != null) {
                        set.orInto(found);
                    }
                }
                yield Optional.of(new Bounds(found, found.clone()));
            }
            case Match.Value _, Match.AnyOf _, Match.NoneOf _, Match.Prefix _ -> Optional.empty();
        };
    }

    private long[] all(List<String> asked, int words) {
        long[] found = new long[words];
        boolean isFirst = true;
        for (String word : new HashSet<>(asked)) {
            SlotSet set = slots.get(word);
            if (set == null) {
                return new long[words];
            }
            if (isFirst) {
                set.orInto(found);
            } else {
                long[] having = Bounds.bits(set, words);
                for (int i = 0; i < words; i++) {
                    found[i] &= having[i];
                }
            }
            isFirst = false;
        }
        return found;
    }

    @Override
    int estimateOwn(Condition condition) {
        if (!(condition instanceof Condition.Matches(KeyPath _, Match.Text(String text)))) {
            return own().size();
        }
        int least = own().size();
        for (String word : tokenizer.asked(text)) {
            SlotSet set = slots.get(word);
            least = Math.min(least, set == null ? 0 : set.size());
        }
        return least;
    }

    @Override
    public long bytes() {
        return slots.size() * BYTES_PER_VALUE + postings * BYTES_PER_SLOT;
    }
}
