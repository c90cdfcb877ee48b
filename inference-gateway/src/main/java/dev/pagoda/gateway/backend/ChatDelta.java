package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// More of a choice: its thoughts come first, then its text, then its tool calls one after the other.
public sealed interface ChatDelta {
    /// How many tokens arrived with it, at least 1.
    int tokens();

    /// What can be read of it; never splits a code point, and is empty when a token limit cut the choice inside one.
    String text();

    /// @param logprobs one a token if they were asked for, else none
    record Text(String text, int tokens, List<TokenLogprob> logprobs) implements ChatDelta {
        public Text {
            require(text, tokens);
            logprobs = List.copyOf(logprobs);
        }

        public Text(String text, int tokens) {
            this(text, tokens, List.of());
        }
    }

    record Reasoning(String text, int tokens) implements ChatDelta {
        public Reasoning {
            require(text, tokens);
        }
    }

    /// @param index     0 for the choice's first call, 1 for the next
    /// @param id        of the call, the same in all its deltas
    /// @param name      of the tool, the same in all its deltas
    /// @param isCustom  whether the arguments are free text and not JSON
    /// @param arguments more of them; may be empty, as the name has tokens too
    /// @param opens     whether it is the first of its call
    record ToolCall(int index, String id, String name, boolean isCustom, String arguments, int tokens, boolean opens)
            implements ChatDelta {
        public ToolCall {
            require(arguments, tokens);
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(name, "name");
        }

        @Override
        public String text() {
            return arguments;
        }
    }

    private static void require(String text, int tokens) {
        Objects.requireNonNull(text, "text");
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens " + tokens + " are below 1");
        }
    }
}
