package dev.pagoda.gateway.guard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.schema.SchemaCheck;
import dev.pagoda.gateway.schema.SchemaFault;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The checks of a tenant; what is null has its default.
///
/// @param input  of messages and texts to embed, before anything else sees them; none
/// @param output of answers, before the client sees them; none
public record GuardPolicy(
        @Nullable List<Check> input, @Nullable List<Check> output) {
    private static final int MAX_CHECKS = 32;

    /// What a check does when it finds something.
    public enum Action {
        /// Refuses the request, or ends the answer with `content_filter`.
        @JsonProperty("block")
        BLOCK,
        /// Puts a word such as `[EMAIL]` in the place of what was found.
        @JsonProperty("mask")
        MASK,
        /// Notes it in the request log.
        @JsonProperty("log")
        LOG
    }

    /// What a check looks for.
    public enum Kind {
        /// Personal data: `types`.
        @JsonProperty("pii")
        PII,
        /// Words or phrases, whatever their case: `words`.
        @JsonProperty("words")
        WORDS,
        /// More than `max_chars` characters.
        @JsonProperty("size")
        SIZE,
        /// JSON that does not keep `schema`: the last message, or the whole answer, which is held back until its end.
        @JsonProperty("json_schema")
        JSON_SCHEMA
    }

    /// One check.
    ///
    /// @param name     how verdicts call it, its kind if null
    /// @param action   block if null; what has no place in the text cannot be masked
    /// @param types    of personal data: `email`, `phone`, `iban`, `card`; all if null
    /// @param region   country whose telephone numbers need no prefix, as ISO 3166 has it; `US` if null
    /// @param words    at most 1,000 of at most 128 characters
    /// @param maxChars 1 to 100,000,000
    public record Check(
            @Nullable String name,
            @Nullable Kind kind,
            @Nullable Action action,
            @Nullable Set<String> types,
            @Nullable String region,
            @Nullable List<String> words,
            @Nullable Integer maxChars,
            @Nullable JsonNode schema) {
        private static final int MAX_WORDS = 1_000;

        public Check {
            if (kind == null) {
                throw new IllegalArgumentException("a check needs a kind: pii, words, size or json_schema");
            }
            if (name != null && !name.matches("[a-zA-Z0-9_.-]{1,64}")) {
                throw new IllegalArgumentException(
                        "name '" + name + "' is not 1 to 64 letters, digits, '_', '.' or '-'");
            }
            switch (kind) {
                case PII -> requireTypes(types, region);
                case WORDS -> requireWords(words);
                case SIZE -> {
                    if (maxChars == null || maxChars < 1 || maxChars > 100_000_000) {
                        throw new IllegalArgumentException("max_chars is not within 1 to 100000000");
                    }
                }
                case JSON_SCHEMA -> requireSchema(schema);
            }
            boolean isPlaced = kind == Kind.PII || kind == Kind.WORDS;
            if (action == Action.MASK && !isPlaced) {
                throw new IllegalArgumentException("only pii and words can be masked");
            }
            types = types == null ? null : Set.copyOf(types);
            words = words == null ? null : List.copyOf(words);
        }

        private static void requireTypes(@Nullable Set<String> types, @Nullable String region) {
            if (types != null && (types.isEmpty() || !PersonalData.TYPES.containsAll(types))) {
                throw new IllegalArgumentException("types " + types + " are not among " + PersonalData.TYPES);
            }
            if (region != null && !PersonalData.isRegion(region)) {
                throw new IllegalArgumentException("region '" + region + "' is not a country of two capital letters");
            }
        }

        private static void requireWords(@Nullable List<String> words) {
            if (words == null || words.isEmpty() || words.size() > MAX_WORDS) {
                throw new IllegalArgumentException("words are not 1 to " + MAX_WORDS);
            }
            for (String word : words) {
                if (word == null || word.isBlank() || word.length() > WordFinder.MAX_WORD_CHARS) {
                    throw new IllegalArgumentException(
                            "a word is not 1 to " + WordFinder.MAX_WORD_CHARS + " characters");
                }
            }
        }

        private static void requireSchema(@Nullable JsonNode schema) {
            if (schema == null) {
                throw new IllegalArgumentException("schema is missing");
            }
            try {
                SchemaCheck.of(schema);
            } catch (SchemaFault fault) {
                throw new IllegalArgumentException("schema: " + fault.getMessage(), fault);
            }
        }
    }

    public GuardPolicy {
        input = input == null ? null : List.copyOf(input);
        output = output == null ? null : List.copyOf(output);
        if ((input != null && input.size() > MAX_CHECKS) || (output != null && output.size() > MAX_CHECKS)) {
            throw new IllegalArgumentException("more than " + MAX_CHECKS + " checks");
        }
    }
}
