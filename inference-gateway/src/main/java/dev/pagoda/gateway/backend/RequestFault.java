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

    /// How a part before the engines, and nobody else, asks for a [Kind#KILL] after so many tokens.
    public static final String KILL_HEADER = "x-pagoda-fault-kill";

    static final RequestFault NONE = new RequestFault(Kind.NONE, 0, Reason.UNAVAILABLE, 0);

    /// What the request itself asks for.
    static RequestFault asked(Hints hints) {
        String tokens = hints.headers().get(KILL_HEADER);
        return tokens == null ? NONE : new RequestFault(Kind.KILL, 0, Reason.UNAVAILABLE, Integer.parseInt(tokens));
    }

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
