package dev.pagoda.gateway.backend;

/// Whether and how long a model thinks before it answers.
///
/// @param isOn         whether it does
/// @param budgetTokens how many tokens its thoughts may have, at least 1 when it does; they count as the answer's
public record Thinking(boolean isOn, int budgetTokens) {
    private static final Thinking NONE = new Thinking(false, 0);

    public Thinking {
        if (isOn ? budgetTokens < 1 : budgetTokens != 0) {
            throw new IllegalArgumentException(
                    "budgetTokens " + budgetTokens + (isOn ? " is below 1" : " is given to one that does not think"));
        }
    }

    public static Thinking none() {
        return NONE;
    }

    public static Thinking upTo(int budgetTokens) {
        return new Thinking(true, budgetTokens);
    }
}
