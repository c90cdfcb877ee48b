package dev.pagoda.governance.metering;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a usage report is broken down by: a fixed SQL expression for each, so that no text of a request enters a query.
enum Grouping {
    MODEL("model"),
    PROJECT("team || '/' || project"),
    KEY("api_key"),
    DAY("started_micros / 86400000000"),
    OUTCOME("outcome"),
    OPERATION("operation"),
    TIER("tier");

    private final String expression;

    Grouping(String expression) {
        this.expression = expression;
    }

    String expression() {
        return expression;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The group's name as a person reads it; days are numbers in the database.
    String label(String value) {
        return this == DAY ? LocalDate.ofEpochDay(Long.parseLong(value)).toString() : value;
    }

    static Optional<Grouping> of(String text) {
        return Arrays.stream(values())
                .filter(grouping -> grouping.text().equals(text))
                .findFirst();
    }
}
