package dev.pagoda.gateway.metrics;

/// Figures as Prometheus text.
final class Figures {
    /// Whole doubles below this are written by their digits.
    private static final double WHOLE = 1e15;

    private Figures() {}

    /// Appends a figure; most are whole, which costs a fifth of what fractions do.
    static void append(StringBuilder page, double value) {
        if (Math.abs(value) < WHOLE && value == Math.rint(value)) {
            page.append((long) value).append(".0");
        } else {
            page.append(value);
        }
    }
}
