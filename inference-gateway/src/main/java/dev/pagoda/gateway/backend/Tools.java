package dev.pagoda.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The tools that a model may call.
///
/// @param list     with distinct names
/// @param parallel whether one answer may make several calls
public record Tools(List<Tool> list, Choice choice, boolean parallel) {
    private static final Tools NONE = new Tools(List.of(), new Choice.None(), true);

    public Tools {
        Objects.requireNonNull(choice, "choice");
        list = List.copyOf(list);
        var names = new HashSet<String>();
        for (Tool tool : list) {
            if (!names.add(tool.name())) {
                throw new IllegalArgumentException("two tools have the name " + tool.name());
            }
        }
        Set<String> chosen = switch (choice) {
            case Choice.Named(String name) -> Set.of(name);
            case Choice.Allowed(Set<String> allowed, boolean required) -> allowed;
            case Choice.None(), Choice.Auto(), Choice.Required() -> Set.of();
        };
        if (!names.containsAll(chosen)) {
            throw new IllegalArgumentException("chosen tools " + chosen + " are not all among " + names);
        }
        if (list.isEmpty() && choice instanceof Choice.Required) {
            throw new IllegalArgumentException("a call is required and there are no tools");
        }
    }

    /// No tools.
    public static Tools none() {
        return NONE;
    }

    /// Whether a call may be made at all.
    public boolean isUsable() {
        return !list.isEmpty() && !(choice instanceof Choice.None);
    }

    /// One tool.
    public sealed interface Tool {
        String name();

        String description();

        /// @param parameters a JSON schema of the arguments, an object; not to be changed
        /// @param strict     whether arguments keep the schema without exception
        record Function(String name, String description, JsonNode parameters, boolean strict) implements Tool {
            public Function {
                requireNames(name, description);
                Objects.requireNonNull(parameters, "parameters");
            }
        }

        /// A tool that takes free text.
        ///
        /// @param grammar what the text keeps to, empty for anything
        record Custom(String name, String description, String grammar) implements Tool {
            public Custom {
                requireNames(name, description);
                Objects.requireNonNull(grammar, "grammar");
            }
        }

        private static void requireNames(String name, String description) {
            Objects.requireNonNull(description, "description");
            if (name.isEmpty()) {
                throw new IllegalArgumentException("a tool has no name");
            }
        }
    }

    /// Which tools the model has to call.
    public sealed interface Choice {
        record None() implements Choice {}

        /// The model decides.
        record Auto() implements Choice {}

        /// At least one, whichever.
        record Required() implements Choice {}

        /// This one.
        record Named(String name) implements Choice {}

        /// Only these, and at least one if required.
        record Allowed(Set<String> names, boolean required) implements Choice {
            public Allowed {
                names = Set.copyOf(names);
                if (names.isEmpty()) {
                    throw new IllegalArgumentException("no tool is allowed");
                }
            }
        }
    }
}
