package dev.pagoda.registry.model;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// What a client writes to mean a model: a name or Hugging Face id, alone or with `:version` or `@alias`.
///
/// @param name in lower case, for ids of the Hub are not told apart by case
record ModelReference(String name, OptionalInt version, Optional<String> alias) {
    private static final int MAX_CHARS = 400;

    /// @return empty when the text cannot mean any model
    static Optional<ModelReference> parse(String text) {
        if (text.isBlank() || text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        int at = text.lastIndexOf('@');
        if (at > 0) {
            return Optional.of(new ModelReference(
                    lower(text.substring(0, at)), OptionalInt.empty(), Optional.of(text.substring(at + 1))));
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return Optional.of(new ModelReference(lower(text), OptionalInt.empty(), Optional.empty()));
        }
        String number = text.substring(colon + 1);
        if (!number.matches("[1-9][0-9]{0,8}")) {
            return Optional.empty();
        }
        return Optional.of(new ModelReference(
                lower(text.substring(0, colon)), OptionalInt.of(Integer.parseInt(number)), Optional.empty()));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
