package dev.pagoda.gateway.backend;

import java.util.Objects;

/// A piece of what a choice says, before it is cut into tokens.
sealed interface Segment {
    /// What is written of it.
    String text();

    record Thought(String text) implements Segment {
        public Thought {
            Objects.requireNonNull(text, "text");
        }
    }

    record Words(String text) implements Segment {
        public Words {
            Objects.requireNonNull(text, "text");
        }
    }

    /// A call of a tool. Its name has tokens too, which come before those of the arguments.
    record Call(int index, String id, String name, boolean isCustom, String text) implements Segment {
        public Call {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(text, "text");
        }
    }
}
