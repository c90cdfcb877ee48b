package dev.pagoda.gateway.engine;

/// What a caller asks of an engine.
///
/// @param outputTokens tokens to make, exactly so many
/// @param priority     lower goes first, and is preempted last; equal ones in order of arrival
/// @param adapter      the LoRA adapter it needs, from 0; [#NO_ADAPTER] for the plain model
/// @param remoteTokens leading tokens of the prompt whose keys and values come from another engine
public record Submission<T>(T owner, Prompt prompt, int outputTokens, int priority, int adapter, int remoteTokens) {
    public static final int NO_ADAPTER = -1;

    public Submission {
        if (outputTokens < 1) {
            throw new IllegalArgumentException("a sequence of " + outputTokens + " output tokens is below 1");
        }
        if (adapter < NO_ADAPTER) {
            throw new IllegalArgumentException("adapter " + adapter + " is below " + NO_ADAPTER);
        }
        if (remoteTokens < 0 || remoteTokens > prompt.tokens()) {
            throw new IllegalArgumentException(
                    "remoteTokens " + remoteTokens + " is not within 0 to the prompt's " + prompt.tokens());
        }
    }

    public static <T> Submission<T> of(T owner, Prompt prompt, int outputTokens) {
        return new Submission<>(owner, prompt, outputTokens, 0, NO_ADAPTER, 0);
    }
}
