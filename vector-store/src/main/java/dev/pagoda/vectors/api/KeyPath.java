package dev.pagoda.vectors.api;

import java.util.ArrayList;
import java.util.List;

/// Where a value sits in a payload: `a.b`, `a[].b` (every element), `a[0].b`; a key with dots is quoted,
/// `"a.b"`.
public record KeyPath(List<Step> steps) {

    /// One move down from a value.
    public sealed interface Step {
        /// Into the value of a key.
        record Key(String name) implements Step {}

        /// Into every element of a list.
        record Each() implements Step {}

        /// Into one element of a list.
        record At(int index) implements Step {}
    }

    private static final int MAX_STEPS = 64;

    public KeyPath {
        steps = List.copyOf(steps);
        if (steps.isEmpty() || !(steps.getFirst() instanceof Step.Key)) {
            throw new IllegalArgumentException("a key path begins with a key");
        }
    }

    /// @throws IllegalArgumentException if the text is not a path
    public static KeyPath parse(String text) {
        List<Step> steps = new ArrayList<>();
        int at = 0;
        while (true) {
            if (steps.size() >= MAX_STEPS) {
                throw malformed(text, "has more than " + MAX_STEPS + " steps");
            }
            if (at < text.length() && text.charAt(at) == '"') {
                int end = text.indexOf('"', at + 1);
                if (end < 0) {
                    throw malformed(text, "has an open quote");
                }
                steps.add(new Step.Key(text.substring(at + 1, end)));
                at = end + 1;
            } else {
                int end = at;
                while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
                    end++;
                }
                if (end == at) {
                    throw malformed(text, "has an empty key");
                }
                steps.add(new Step.Key(text.substring(at, end)));
                at = end;
            }
            while (at < text.length() && text.charAt(at) == '[') {
                int end = text.indexOf(']', at);
                if (end < 0) {
                    throw malformed(text, "has an open bracket");
                }
                steps.add(step(text, text.substring(at + 1, end)));
                at = end + 1;
            }
            if (at == text.length()) {
                return new KeyPath(steps);
            }
            if (text.charAt(at) != '.') {
                throw malformed(text, "needs a dot at " + at);
            }
            at++;
        }
    }

    /// Where a path from an element of the list at this one leads; the list may be named with or without
    /// `[]`.
    public KeyPath within(KeyPath inner) {
        List<Step> all = new ArrayList<>(steps);
        if (!(steps.getLast() instanceof Step.Each)) {
            all.add(new Step.Each());
        }
        all.addAll(inner.steps());
        return new KeyPath(all);
    }

    /// The path as it is written.
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            switch (step) {
                case Step.Key(String name) -> {
                    boolean isPlain = !name.isEmpty() && name.chars().noneMatch(c -> c == '.' || c == '[' || c == '"');
                    text.append(text.isEmpty() ? "" : ".").append(isPlain ? name : '"' + name + '"');
                }
                case Step.Each() -> text.append("[]");
                case Step.At(int index) -> text.append('[').append(index).append(']');
            }
        }
        return text.toString();
    }

    private static Step step(String text, String index) {
        if (index.isEmpty()) {
            return new Step.Each();
        }
        if (index.length() > 9 || !index.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw malformed(text, "has the index [" + index + "]");
        }
        return new Step.At(Integer.parseInt(index));
    }

    private static IllegalArgumentException malformed(String text, String why) {
        return new IllegalArgumentException("key path \"" + text + "\" " + why);
    }
}
