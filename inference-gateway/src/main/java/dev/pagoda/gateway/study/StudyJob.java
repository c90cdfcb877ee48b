package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.gateway.route.RouteRequest;
import org.jspecify.annotations.Nullable;

/// One request on its way through a study. Times are -1 until they come.
final class StudyJob {
    final int index;
    final RouteRequest request;
    int engine = -1;

    @Nullable
    Choice choice;

    /// Where its prompt is read, if elsewhere.
    @Nullable
    Choice readChoice;

    int readCached = -1;

    @Nullable
    Sequence<StudyJob> sequence;

    /// Of its keys and values, when they cross a link.
    int movedTokens;

    long movedNanos;
    long sentNanos;
    long scheduledNanos = -1;
    long firstNanos = -1;
    long previousNanos = -1;
    long lastNanos = -1;

    StudyJob(int index, RouteRequest request) {
        this.index = index;
        this.request = request;
    }

    /// What became of it so far.
    RequestOutcome outcome(TimedRequest timed) {
        Sequence<StudyJob> served = sequence;
        return new RequestOutcome(
                index,
                engine,
                timed.prompt().tokens(),
                timed.outputTokens(),
                readCached >= 0 ? readCached : served == null ? 0 : served.cached(),
                served == null ? 0 : served.preemptions(),
                timed.arrivalNanos(),
                scheduledNanos,
                firstNanos,
                lastNanos);
    }
}
