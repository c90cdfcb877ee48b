package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;
import java.util.OptionalLong;

/// Hears one chat: [#onStart], then deltas and finishes of its choices in any interleaving, then [#onEnd];
/// or [#onFailure] at any point instead of what would follow.
///
/// Called on the event loop context that started the chat, one call at a time, never after [ChatHandle#cancel()].
public interface ChatListener {
    /// A header for the client's answer, such as what is left of a limit; told before [#onStart] or [#onFailure],
    /// passed over when the answer has begun. A wrapper hands on what those behind it tell.
    default void onHeader(String name, String value) {}

    /// When the request arrived, by [System#nanoTime]; empty where nobody noted it.
    default OptionalLong arrivedNanos() {
        return OptionalLong.empty();
    }

    /// An engine has taken the chat up.
    void onStart(ChatStarted started);

    /// More of a choice.
    ///
    /// @param choice 0 to n - 1
    void onDelta(int choice, ChatDelta delta);

    /// A stop string ended a choice; told just before its [#onFinish].
    default void onStop(int choice, String stop) {}

    /// A choice has said everything; once per choice.
    void onFinish(int choice, FinishReason reason);

    /// The price of the chat in nano-dollars; told just before [#onEnd].
    default void onPriced(long costNanos) {}

    /// All choices have finished and the usage is durably recorded.
    ///
    /// @param usage the tokens that were delivered by [#onDelta], and the prompt
    void onEnd(TokenUsage usage);

    /// The chat cannot go on; the tokens delivered so far are recorded as a failed request.
    void onFailure(Refusal refusal);
}
