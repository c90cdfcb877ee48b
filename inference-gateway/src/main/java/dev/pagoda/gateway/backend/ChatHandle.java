package dev.pagoda.gateway.backend;

/// The caller's hold on a running chat.
public interface ChatHandle {
    /// Ends the chat: no listener method is called from now on, its batch slots and KV blocks are free at
    /// the engine's next turn (microseconds), and the tokens delivered so far are recorded as an aborted
    /// request. Does nothing on a chat that has ended. Called on the event loop context that started the chat.
    void cancel();
}
