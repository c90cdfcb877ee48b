package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import java.util.Locale;

/// What is made to befall one request.
///
/// @param delayMillis before it is queued
/// @param reason      of an error
/// @param afterTokens tokens that are made before a stream is cut or its replica dies, at least 1 for these kinds
public record RequestFault(Kind kind, long delayMillis, Reason reason, int afterTokens) {
    /// What can happen.
    public enum Kind {
        NONE,
        /// Refused before an engine sees it.
        ERROR,
        /// Held up before it is queued.
        DELAY,
        /// Fails when some of its tokens are delivered.
        CUT,
        /// The replica that works on it dies when some of its tokens are made; its client should not notice.
        KILL
    }

    static final RequestFault NONE = new RequestFault(Kind.NONE, 0, Reason.UNAVAILABLE, 0);

    Refusal refusal() {
        String code =
                kind == Kind.CUT ? "stream_cut" : "injected_" + reason.name().toLowerCase(Locale.ROOT);
        return new Refusal(
                kind == Kind.CUT ? Reason.INTERNAL : reason,
                code,
                "this failure was asked for by fault injection",
                reason == Reason.EXHAUSTED || reason == Reason.UNAVAILABLE ? 1 : 0);
    }
}
