package dev.pagoda.deploy.bench;

import java.util.Locale;

/// How the rows that a filter accepts lie to the query.
enum FilterKind {
    /// Anywhere.
    RANDOM(200),
    /// The nearest of all.
    CORRELATED(50),
    /// The farthest of all. This is the hard extreme: where a walk arrives nothing is accepted, and the best of what is
    /// accepted lies at the inner edge of a shell, which is where most rows are.
    ANTI_CORRELATED(50);

    /// Queries measured at most; the kinds that need the distance to every row have fewer.
    private final int queries;

    FilterKind(int queries) {
        this.queries = queries;
    }

    int queries() {
        return queries;
    }

    /// As in the lines of results.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
