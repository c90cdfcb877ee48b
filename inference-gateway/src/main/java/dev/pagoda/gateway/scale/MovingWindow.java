package dev.pagoda.gateway.scale;

import java.util.ArrayDeque;

/// The average of a figure over the last so many seconds, or since the beginning when that was later.
final class MovingWindow {
    private record Slice(double seconds, double value) {}

    private final double length;
    private final ArrayDeque<Slice> slices = new ArrayDeque<>();
    private double covered;
    private double area;

    MovingWindow(double seconds) {
        length = seconds;
    }

    void add(double seconds, double value) {
        slices.addLast(new Slice(seconds, value));
        covered += seconds;
        area += seconds * value;
        while (slices.size() > 1 && covered - slices.getFirst().seconds() >= length - 1e-9) {
            Slice oldest = slices.removeFirst();
            covered -= oldest.seconds();
            area -= oldest.seconds() * oldest.value();
        }
    }

    double mean() {
        return covered == 0 ? 0 : Math.max(0, area) / covered;
    }

    /// Whether the whole length is covered, and the figure was 0 throughout.
    boolean isQuiet() {
        return covered >= length - 1e-9 && slices.stream().allMatch(slice -> slice.value() == 0);
    }
}
