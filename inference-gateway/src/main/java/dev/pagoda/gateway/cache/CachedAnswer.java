package dev.pagoda.gateway.cache;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.backend.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An answer as it was told, to be told again.
///
/// @param bytes memory it takes, about
record CachedAnswer(ChatStarted started, List<Step> steps, TokenUsage usage, long bytes) {
    private static final int BYTES_PER_CHAR = 2;
    private static final int BYTES_PER_STEP = 96;
    private static final int BYTES_PER_ANSWER = 512;

    /// Deltas are kept in pieces of at most so many tokens, so that a stream stays one.
    private static final int TOKENS_PER_PIECE = 16;

    /// One piece of news.
    sealed interface Step {
        int choice();

        record More(int choice, ChatDelta delta) implements Step {}

        record End(int choice, FinishReason reason) implements Step {}
    }

    CachedAnswer {
        steps = List.copyOf(steps);
    }

    /// Whether any of its choices ended for its length.
    boolean isCut() {
        return steps.stream().anyMatch(step -> step instanceof Step.End end && end.reason() == FinishReason.LENGTH);
    }

    /// Tells all but the beginning and the end.
    void replay(ChatListener listener) {
        for (Step step : steps) {
            switch (step) {
                case Step.More more -> listener.onDelta(more.choice(), more.delta());
                case Step.End end -> listener.onFinish(end.choice(), end.reason());
            }
        }
    }

    /// Gathers an answer while it is told.
    static final class Gathering {
        private final long maxBytes;
        private final List<Step> steps = new ArrayList<>();
        private @Nullable ChatStarted started;
        private long bytes = BYTES_PER_ANSWER;
        private boolean isKeepable = true;

        Gathering(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        void start(ChatStarted news) {
            started = news;
        }

        void more(int choice, ChatDelta delta) {
            if (!isKeepable) {
                return;
            }
            bytes += (long) delta.text().length() * BYTES_PER_CHAR;
            if (delta instanceof ChatDelta.Text text) {
                bytes += (long) text.logprobs().size() * BYTES_PER_STEP;
            }
            if (!steps.isEmpty()
                    && steps.getLast() instanceof Step.More before
                    && before.choice() == choice
                    && joined(before.delta(), delta) != null) {
                steps.set(
                        steps.size() - 1, new Step.More(choice, Objects.requireNonNull(joined(before.delta(), delta))));
            } else {
                add(new Step.More(choice, delta));
            }
            if (bytes > maxBytes) {
                isKeepable = false;
                steps.clear();
            }
        }

        void end(int choice, FinishReason reason) {
            if (reason == FinishReason.CONTENT_FILTER) {
                isKeepable = false;
            }
            if (isKeepable) {
                add(new Step.End(choice, reason));
            }
        }

        /// @return null when the answer is too large, or one that is not given again
        @Nullable
        CachedAnswer whole(TokenUsage usage) {
            return isKeepable && started != null ? new CachedAnswer(started, steps, usage, bytes) : null;
        }

        private void add(Step step) {
            bytes += BYTES_PER_STEP;
            steps.add(step);
        }

        private static @Nullable ChatDelta joined(ChatDelta one, ChatDelta other) {
            int tokens = one.tokens() + other.tokens();
            if (tokens > TOKENS_PER_PIECE) {
                return null;
            }
            if (one instanceof ChatDelta.Text first && other instanceof ChatDelta.Text second) {
                List<TokenLogprob> logprobs = new ArrayList<>(first.logprobs());
                logprobs.addAll(second.logprobs());
                return new ChatDelta.Text(first.text() + second.text(), tokens, logprobs);
            }
            if (one instanceof ChatDelta.Reasoning first && other instanceof ChatDelta.Reasoning second) {
                return new ChatDelta.Reasoning(first.text() + second.text(), tokens);
            }
            return null;
        }
    }
}
