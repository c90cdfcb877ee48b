package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;

/// Hears one chat: [#onStart], then text and finishes of its choices in any interleaving, then [#onEnd];
/// or [#onFailure] at any point instead of what would follow.
///
/// Called on the event loop context that started the chat, one call at a time, never after [ChatHandle#cancel()].
public interface ChatListener {
    /// An engine has taken the chat up.
    void onStart(ChatStarted started);

    /// More text of a choice.
    ///
    /// @param choice 0 to n - 1
    /// @param text   never splits a code point; empty when a token limit cut the choice inside one
    /// @param tokens how many tokens arrived with it, at least 1
    void onText(int choice, String text, int tokens);

    /// A choice has said everything; once per choice.
    void onFinish(int choice, FinishReason reason);

    /// The price of the chat in nano-dollars; told just before [#onEnd].
    default void onPriced(long costNanos) {}

    /// All choices have finished and the usage is durably recorded.
    ///
    /// @param usage the tokens that were delivered by [#onText], and the prompt
    void onEnd(TokenUsage usage);

    /// The chat cannot go on; the tokens delivered so far are recorded as a failed request.
    void onFailure(Refusal refusal);
}
