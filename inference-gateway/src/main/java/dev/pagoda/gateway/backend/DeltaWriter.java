package dev.pagoda.gateway.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Gathers a script's tokens into deltas: those of one segment that were not taken yet become one delta.
///
/// Not thread-safe.
final class DeltaWriter {
    private final Script.Reader reader;
    private final OptionalInt topLogprobs;
    private final StringBuilder text = new StringBuilder();
    private List<TokenLogprob> logprobs = new ArrayList<>();
    private List<ChatDelta> closed = new ArrayList<>();
    private int tokens;
    private @Nullable Segment open;
    /// Whether a delta of the open segment was taken or closed already.
    private boolean isContinued;

    DeltaWriter(Script.Reader reader, OptionalInt topLogprobs) {
        this.reader = reader;
        this.topLogprobs = topLogprobs;
    }

    /// Takes the next token in; there must be one.
    ///
    /// @return whether there is something to tell
    @SuppressWarnings("ReferenceEquality")
    boolean advance() {
        String piece = reader.read();
        Segment segment = reader.segment();
        // segments are told apart by identity: two calls of a tool may be equal
        if (segment != open) {
            close();
            open = segment;
            isContinued = false;
        }
        text.append(piece);
        tokens++;
        if (topLogprobs.isPresent() && segment instanceof Segment.Words) {
            logprobs.add(reader.logprob(topLogprobs.getAsInt()));
        }
        return !text.isEmpty() || !closed.isEmpty() || reader.atEnd();
    }

    /// What was gathered since it was last asked.
    List<ChatDelta> take() {
        close();
        if (closed.isEmpty()) {
            return List.of();
        }
        List<ChatDelta> taken = closed;
        closed = new ArrayList<>();
        return taken;
    }

    private void close() {
        if (tokens == 0 || open == null) {
            return;
        }
        String piece = text.toString();
        closed.add(
                switch (open) {
                    case Segment.Thought thought -> new ChatDelta.Reasoning(piece, tokens);
                    case Segment.Words words -> new ChatDelta.Text(piece, tokens, takeLogprobs());
                    case Segment.Call call ->
                        new ChatDelta.ToolCall(
                                call.index(), call.id(), call.name(), call.isCustom(), piece, tokens, !isContinued);
                });
        isContinued = true;
        text.setLength(0);
        tokens = 0;
    }

    private List<TokenLogprob> takeLogprobs() {
        if (logprobs.isEmpty()) {
            return List.of();
        }
        List<TokenLogprob> taken = logprobs;
        logprobs = new ArrayList<>();
        return taken;
    }
}
