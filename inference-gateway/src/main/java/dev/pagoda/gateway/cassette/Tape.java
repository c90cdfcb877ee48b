package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.cassette.CanonicalJson.Difference;
import dev.pagoda.gateway.cassette.Interaction.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a cassette holds: one answer for each method, path and body, the first that was recorded. Not safe for
/// several threads.
final class Tape {
    static final int MAX_INTERACTIONS = 10_000;
    private static final long MAX_CHARACTERS = 64L << 20;
    private static final long MAX_ANSWER_CHARACTERS = 8L << 20;
    /// Recorded requests that are compared with one that was not.
    private static final int MAX_COMPARED = 500;

    private final Map<Key, Interaction> interactions = new LinkedHashMap<>();
    private long characters;

    private record Key(String method, String path, JsonNode body) {}

    /// @param body canonical
    Optional<Answer> find(String method, String path, JsonNode body) {
        return Optional.ofNullable(interactions.get(new Key(method, path, body)))
                .map(Interaction::answer);
    }

    /// @return false when it is there already, or is more than a cassette takes
    boolean add(Interaction interaction) {
        long more = interaction.answer().characters();
        var key = new Key(interaction.method(), interaction.path(), interaction.body());
        if (more > MAX_ANSWER_CHARACTERS
                || characters + more > MAX_CHARACTERS
                || interactions.size() >= MAX_INTERACTIONS
                || interactions.containsKey(key)) {
            return false;
        }
        characters += more;
        interactions.put(key, interaction);
        return true;
    }

    List<Interaction> all() {
        return List.copyOf(interactions.values());
    }

    /// Why there is no answer, with what was recorded and is most like it.
    String missing(String method, String path, JsonNode body) {
        String begin = "no answer is recorded for this " + method + " " + path;
        Difference nearest = null;
        int compared = 0;
        for (Interaction each : interactions.values()) {
            if (each.method().equals(method) && each.path().equals(path) && compared++ < MAX_COMPARED) {
                Difference difference = CanonicalJson.between(each.body(), body);
                nearest = nearest == null || difference.count() < nearest.count() ? difference : nearest;
            }
        }
        if (nearest == null) {
            return begin + "; of " + interactions.size() + " recorded requests none has its method and path";
        }
        return begin + "; the nearest of " + compared + " differs in " + nearest.count() + " places, at "
                + nearest.first();
    }
}
