package dev.pagoda.gateway.backend;

import java.util.LinkedHashMap;
import java.util.Map;

/// Pictures, sounds and files that a model's front has prepared before, those used last. Not thread-safe.
final class MediaCache {
    private static final int MOST = 4_096;

    private final Map<String, Boolean> known = new LinkedHashMap<>(16, .75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /// Whether it was there; it is from now on.
    boolean use(String digest) {
        return known.put(digest, true) != null;
    }
}
