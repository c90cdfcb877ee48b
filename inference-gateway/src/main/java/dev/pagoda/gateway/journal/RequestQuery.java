package dev.pagoda.gateway.journal;

import java.util.Map;
import java.util.Optional;

/// Which rows of the request log are wanted.
///
/// @param equal               columns of text and what they are, the tenant among them unless all are wanted
/// @param guard               what the verdicts of checks contain, whatever its case
/// @param fromMicros          earliest beginning, inclusive
/// @param toMicros            latest beginning, exclusive
/// @param leastDurationMicros of the whole request
/// @param afterSeq            rows that ended after this one
/// @param beforeSeq           rows that ended before this one
/// @param limit               rows, newest first; at least 1
record RequestQuery(
        Map<String, String> equal,
        Optional<String> guard,
        long fromMicros,
        long toMicros,
        long leastDurationMicros,
        long afterSeq,
        long beforeSeq,
        int limit) {
    RequestQuery {
        equal = Map.copyOf(equal);
        for (String column : equal.keySet()) {
            if (!RequestRow.TEXTS.contains(column)
                    && !column.equals(RequestRow.REQUEST_ID)
                    && !column.equals(RequestRow.TRACE_ID)) {
                throw new IllegalArgumentException("'" + column + "' is no column of text");
            }
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + " is below 1");
        }
    }

    /// The same among fewer rows.
    RequestQuery within(long earliestMicros, long leastSeq) {
        return new RequestQuery(
                equal,
                guard,
                Math.max(fromMicros, earliestMicros),
                toMicros,
                leastDurationMicros,
                Math.max(afterSeq, leastSeq - 1),
                beforeSeq,
                limit);
    }

    /// The same, for so many rows.
    RequestQuery limited(int rows) {
        return new RequestQuery(equal, guard, fromMicros, toMicros, leastDurationMicros, afterSeq, beforeSeq, rows);
    }
}
