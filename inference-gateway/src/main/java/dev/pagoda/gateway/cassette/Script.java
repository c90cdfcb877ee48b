package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rules for what is answered; the first that fits is it. The same seed and request give the same answer.
///
/// @param seed  of the choice among several texts
/// @param rules 1 to 1000
record Script(long seed, List<Rule> rules) {
    private static final int MAX_RULES = 1_000;
    private static final int MAX_TEXT_CHARS = 1 << 20;
    private static final int MAX_CALLS = 128;
    private static final int MAX_DELAY_MILLIS = 600_000;

    Script {
        rules = List.copyOf(Objects.requireNonNull(rules, "rules is missing"));
        if (rules.isEmpty() || rules.size() > MAX_RULES) {
            throw new IllegalArgumentException("rules has " + rules.size() + " entries, 1 to 1000 are needed");
        }
    }

    /// @param model     as it was asked for; absent: any
    /// @param contains  in the last message of the user; absent: anything
    /// @param matches   a regular expression of RE2, which takes linear time, found in that message; in the answer
    ///                  `{1}`, `{2}` and so on stand for its groups
    /// @param text      to answer
    /// @param texts     to answer one of
    /// @param toolCalls to answer
    /// @param error     to answer instead
    /// @param ttftMs    before the first byte, default 0
    /// @param itlMs     between two pieces of a stream, default 0
    record Rule(
            @Nullable String model,
            @Nullable String contains,
            @Nullable String matches,
            @Nullable String text,
            @Nullable List<String> texts,
            @Nullable List<Call> toolCalls,
            @Nullable Fault error,
            @Nullable Integer ttftMs,
            @Nullable Integer itlMs) {
        Rule {
            texts = texts == null ? text == null ? List.of() : List.of(text) : List.copyOf(texts);
            toolCalls = toolCalls == null ? List.of() : List.copyOf(toolCalls);
            if (texts.isEmpty() && toolCalls.isEmpty() && error == null) {
                throw new IllegalArgumentException("a rule has none of text, texts, toolCalls and error");
            }
            if (toolCalls.size() > MAX_CALLS) {
                throw new IllegalArgumentException("a rule has " + toolCalls.size() + " toolCalls, 128 are allowed");
            }
            texts.forEach(each -> {
                if (each.length() > MAX_TEXT_CHARS) {
                    throw new IllegalArgumentException("a text is longer than " + MAX_TEXT_CHARS + " characters");
                }
            });
            ttftMs = delay("ttftMs", ttftMs);
            itlMs = delay("itlMs", itlMs);
            if (matches != null) {
                compile(matches);
            }
        }

        int startMillis() {
            return Objects.requireNonNull(ttftMs);
        }

        int gapMillis() {
            return Objects.requireNonNull(itlMs);
        }

        private static Integer delay(String name, @Nullable Integer millis) {
            int given = millis == null ? 0 : millis;
            if (given < 0 || given > MAX_DELAY_MILLIS) {
                throw new IllegalArgumentException(name + " " + given + " is not within 0 to " + MAX_DELAY_MILLIS);
            }
            return given;
        }

        private static Pattern compile(String expression) {
            try {
                return Pattern.compile(expression);
            } catch (PatternSyntaxException malformed) {
                throw new IllegalArgumentException(
                        "matches '" + expression + "' is no regular expression: " + malformed.getDescription(),
                        malformed);
            }
        }
    }

    /// @param arguments a JSON object; `{1}` in its texts stand for groups
    record Call(String name, JsonNode arguments) {
        Call {
            Objects.requireNonNull(name, "a tool call has no name");
            if (arguments == null || !arguments.isObject()) {
                throw new IllegalArgumentException("arguments of tool call " + name + " are no object");
            }
        }
    }

    /// @param status     400 to 599
    /// @param retryAfter seconds, absent: not told
    record Fault(
            int status, @Nullable String message, @Nullable Integer retryAfter) {
        Fault {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException("error.status " + status + " is not within 400 to 599");
            }
        }
    }

    /// What a request is answered with.
    ///
    /// @param text  empty if there are only calls
    /// @param calls name and arguments
    record Said(Rule rule, String text, List<Map.Entry<String, String>> calls) {}

    /// @param salt what makes this request another than those before, such as a hash of its body
    Optional<Said> answer(String model, String lastMessage, long salt) {
        for (Rule rule : rules) {
            if ((rule.model() != null && !rule.model().equals(model))
                    || (rule.contains() != null && !lastMessage.contains(rule.contains()))) {
                continue;
            }
            String[] groups = {lastMessage};
            if (rule.matches() != null) {
                Matcher found = Rule.compile(rule.matches()).matcher(lastMessage);
                if (!found.find()) {
                    continue;
                }
                groups = new String[found.groupCount() + 1];
                for (int i = 0; i < groups.length; i++) {
                    groups[i] = Objects.requireNonNullElse(found.group(i), "");
                }
            }
            return Optional.of(said(rule, groups, salt));
        }
        return Optional.empty();
    }

    private Said said(Rule rule, String[] groups, long salt) {
        List<String> texts = Objects.requireNonNull(rule.texts());
        // the finalizer of SplitMix64: neighbouring seeds choose independently
        long mixed = (seed ^ salt) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        String text =
                texts.isEmpty() ? "" : texts.get((int) Math.floorMod(mixed ^ (mixed >>> 31), (long) texts.size()));
        return new Said(
                rule,
                filled(text, groups),
                Objects.requireNonNull(rule.toolCalls()).stream()
                        .map(call -> Map.entry(
                                call.name(),
                                filledJson(call.arguments(), groups).toString()))
                        .toList());
    }

    private static JsonNode filledJson(JsonNode node, String[] groups) {
        if (node.isTextual()) {
            return TextNode.valueOf(filled(node.textValue(), groups));
        }
        if (node.isObject()) {
            var copy = JsonNodeFactory.instance.objectNode();
            node.properties().forEach(field -> copy.set(field.getKey(), filledJson(field.getValue(), groups)));
            return copy;
        }
        if (node.isArray()) {
            var copy = JsonNodeFactory.instance.arrayNode();
            node.forEach(item -> copy.add(filledJson(item, groups)));
            return copy;
        }
        return node;
    }

    private static String filled(String text, String[] groups) {
        String filled = text;
        for (int i = 0; i < groups.length; i++) {
            filled = filled.replace("{" + i + "}", groups[i]);
        }
        return filled;
    }
}
