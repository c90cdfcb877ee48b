package dev.pagoda.workflow.node;

import dev.pagoda.governance.bus.Call;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// One visit of a node.
///
/// @param runId  id of the run it belongs to
/// @param inputs values of the types that the node's spec declares
/// @param text   takes pieces of text for the reader
/// @param call   who runs the workflow, until when
public record NodeTask(String runId, Map<String, Object> inputs, Consumer<String> text, Call call) {

    /// A text input that is always there.
    String string(String name) {
        return optionalString(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no text input \"" + name + "\""));
    }

    /// A text input that may be absent.
    Optional<String> optionalString(String name) {
        return inputs.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /// A list input whose elements are of one class.
    <T> List<T> list(String name, Class<T> element) {
        if (inputs.get(name) instanceof List<?> list) {
            return list.stream().map(element::cast).toList();
        }
        throw new IllegalArgumentException("there is no list input \"" + name + "\"");
    }
}
