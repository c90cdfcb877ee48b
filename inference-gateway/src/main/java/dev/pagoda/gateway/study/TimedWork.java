package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.RequestWork;

/// One request of a trace to a model that answers it as a whole.
///
/// @param arrivalNanos since the beginning of the trace
public record TimedWork(long arrivalNanos, RequestWork work) {
    public TimedWork {
        if (arrivalNanos < 0) {
            throw new IllegalArgumentException("an arrival at " + arrivalNanos + " ns is before the trace begins");
        }
    }
}
