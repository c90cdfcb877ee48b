package dev.pagoda.gateway.cache;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Answers by tenant and request, within a bound of bytes: those used least recently go first, and each at the end of
/// its time.
///
/// Time is a parameter. Safe from any thread.
final class AnswerStore {
    private final long maxBytes;

    /// In the order of their last use. Guarded by `this`, as all below.
    private final LinkedHashMap<Key, Kept> answers = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    /// Whose answer to what.
    record Key(String tenant, String request) {}

    private record Kept(CachedAnswer answer, long untilNanos) {}

    AnswerStore(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    synchronized Optional<CachedAnswer> get(Key key, long nowNanos) {
        Kept kept = answers.get(key);
        if (kept == null) {
            return Optional.empty();
        }
        if (nowNanos - kept.untilNanos() >= 0) {
            remove(key);
            return Optional.empty();
        }
        return Optional.of(kept.answer());
    }

    /// @return what had to go for it
    synchronized List<Key> put(Key key, CachedAnswer answer, long untilNanos) {
        remove(key);
        answers.put(key, new Kept(answer, untilNanos));
        bytes += answer.bytes();
        List<Key> gone = new ArrayList<>();
        Iterator<Map.Entry<Key, Kept>> eldest = answers.entrySet().iterator();
        while (bytes > maxBytes && eldest.hasNext()) {
            Map.Entry<Key, Kept> entry = eldest.next();
            bytes -= entry.getValue().answer().bytes();
            gone.add(entry.getKey());
            eldest.remove();
        }
        return gone;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized int size() {
        return answers.size();
    }

    private void remove(Key key) {
        Kept kept = answers.remove(key);
        if (kept != null) {
            bytes -= kept.answer().bytes();
        }
    }
}
