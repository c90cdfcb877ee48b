package dev.pagoda.workflow.graph;

import java.util.Optional;
import java.util.Set;

/// When an edge is taken after its node has finished.
public sealed interface Condition {

    /// In every case.
    record Always() implements Condition {}

    /// When the value's text is one of these.
    record OneOf(Selector value, Set<String> texts) implements Condition {
        public OneOf {
            texts = Set.copyOf(texts);
            if (texts.isEmpty()) {
                throw new IllegalArgumentException("the condition on " + value + " lists no text");
            }
        }
    }

    /// When the number is at least this.
    record AtLeast(Selector value, double bound) implements Condition {}

    /// When the boolean is this.
    record Is(Selector value, boolean truth) implements Condition {}

    /// When no other edge of the same node is taken.
    record Otherwise() implements Condition {}

    /// The value that decides, if one does.
    default Optional<Selector> reads() {
        return switch (this) {
            case Always ignored -> Optional.empty();
            case Otherwise ignored -> Optional.empty();
            case OneOf(var value, var ignored) -> Optional.of(value);
            case AtLeast(var value, var ignored) -> Optional.of(value);
            case Is(var value, var ignored) -> Optional.of(value);
        };
    }

    /// The type that the deciding value must have.
    default Optional<ValueType> readsType() {
        return switch (this) {
            case Always ignored -> Optional.empty();
            case Otherwise ignored -> Optional.empty();
            case OneOf ignored -> Optional.of(ValueType.STRING);
            case AtLeast ignored -> Optional.of(ValueType.NUMBER);
            case Is ignored -> Optional.of(ValueType.BOOLEAN);
        };
    }

    /// Whether the value that [#reads()] names lets the edge be taken; `Always` and `Otherwise` read none
    /// and say true.
    default boolean holds(Object value) {
        return switch (this) {
            case Always ignored -> true;
            case Otherwise ignored -> true;
            case OneOf(var ignored, var texts) -> texts.contains(String.valueOf(value));
            case AtLeast(var ignored, var bound) -> value instanceof Number number && number.doubleValue() >= bound;
            case Is(var ignored, var truth) -> value.equals(truth);
        };
    }
}
