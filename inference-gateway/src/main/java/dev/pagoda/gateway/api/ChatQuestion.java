package dev.pagoda.gateway.api;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/// A conversation whose next message is wanted.
///
/// @param model       the served model's name
/// @param turns       the messages so far, oldest first, at least one
/// @param maxTokens   the answer's bound; 0 for none but the model's context
/// @param temperature 0 to 2; at 0 the same conversation gets the same answer
/// @param seed        of the wording, when the temperature is above 0
public record ChatQuestion(String model, List<Turn> turns, int maxTokens, double temperature, long seed) {
    public ChatQuestion {
        Objects.requireNonNull(model, "model");
        turns = List.copyOf(turns);
        if (turns.isEmpty()) {
            throw new IllegalArgumentException("a chat needs at least one turn");
        }
        if (maxTokens < 0) {
            throw new IllegalArgumentException("maxTokens " + maxTokens + " is below 0");
        }
        if (!(temperature >= 0 && temperature <= 2)) {
            throw new IllegalArgumentException("temperature " + temperature + " is not within 0 to 2");
        }
    }

    /// One instruction and one question, answered without variation.
    public static ChatQuestion of(String model, String instruction, String question) {
        return new ChatQuestion(model, List.of(new Turn("system", instruction), new Turn("user", question)), 0, 0, 0);
    }

    /// One message.
    ///
    /// @param role `system`, `developer`, `user`, `assistant` or `tool`
    public record Turn(String role, String content) {
        private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

        public Turn {
            if (!ROLES.contains(role)) {
                throw new IllegalArgumentException("role '" + role + "' is none of " + ROLES);
            }
            Objects.requireNonNull(content, "content");
        }
    }
}
