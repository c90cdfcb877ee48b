package dev.pagoda.vectors.collection;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// When the graphs of a collection were built anew, latest first. Safe from any thread.
public final class Optimizations {
    private static final int MAX_KEPT = 64;

    private final Deque<Run> completed = new ArrayDeque<>();
    private @Nullable Run running;

    /// One time of building.
    ///
    /// @param points at its beginning
    /// @param took   empty while it runs
    public record Run(UUID id, long points, Instant started, Optional<Duration> took) {}

    synchronized void began(long points) {
        running = new Run(UUID.randomUUID(), points, Instant.now(), Optional.empty());
    }

    synchronized void ended() {
        Run run = running;
        if (run != null) {
            running = null;
            completed.addFirst(new Run(
                    run.id(),
                    run.points(),
                    run.started(),
                    Optional.of(Duration.between(run.started(), Instant.now()))));
            if (completed.size() > MAX_KEPT) {
                completed.removeLast();
            }
        }
    }

    public synchronized Optional<Run> running() {
        return Optional.ofNullable(running);
    }

    public synchronized List<Run> completed(int most) {
        return completed.stream().limit(most).toList();
    }
}
