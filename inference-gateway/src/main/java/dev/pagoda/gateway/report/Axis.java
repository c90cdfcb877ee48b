package dev.pagoda.gateway.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One axis of a [Plot]: what it counts, and how far it reaches.
///
/// @param from where it begins; NaN for where the figures do
/// @param to   where it ends; NaN for where the figures do
public record Axis(String title, Scale scale, double from, double to) {
    private static final int MOST_TICKS = 8;
    private static final double ROOM = .06;
    private static final double LEAST_LOGGED = 1e-3;

    /// How figures become distances.
    public enum Scale {
        LINEAR,
        /// By decades; what is not above a thousandth lies at its edge.
        LOG
    }

    /// From 0 to the highest figure.
    public static Axis fromZero(String title) {
        return new Axis(title, Scale.LINEAR, 0, Double.NaN);
    }

    /// From the lowest figure to the highest, with a little room.
    public static Axis fitted(String title) {
        return new Axis(title, Scale.LINEAR, Double.NaN, Double.NaN);
    }

    public static Axis within(String title, double from, double to) {
        if (!(from < to)) {
            throw new IllegalArgumentException("an axis from " + from + " to " + to + " has no length");
        }
        return new Axis(title, Scale.LINEAR, from, to);
    }

    /// From the decade of the lowest figure to that of the highest.
    public static Axis log(String title) {
        return new Axis(title, Scale.LOG, Double.NaN, Double.NaN);
    }

    /// The same with both ends known.
    Axis over(double least, double most) {
        if (scale == Scale.LOG) {
            double low = Math.floor(Math.log10(Math.max(least, LEAST_LOGGED)));
            double high = Math.ceil(Math.log10(Math.max(most, LEAST_LOGGED)));
            return new Axis(title, scale, low, Math.max(low + 1, high));
        }
        double room = Math.max(1e-9, ROOM * (most - Math.min(least, most)));
        double low = Double.isNaN(from) ? least - room : from;
        double high = Double.isNaN(to) ? most + (Double.isNaN(from) ? room : 0) : to;
        return new Axis(title, scale, low, Math.max(high, low + 1e-9));
    }

    /// Where a figure lies, 0 at the beginning and 1 at the end.
    double at(double value) {
        double on = scale == Scale.LOG ? Math.log10(Math.max(value, LEAST_LOGGED)) : value;
        return (on - from) / (to - from);
    }

    /// Figures to write beside the axis, few and round.
    List<Double> ticks() {
        var ticks = new ArrayList<Double>();
        if (scale == Scale.LOG) {
            for (double decade = from; decade <= to; decade++) {
                ticks.add(Math.pow(10, decade));
            }
            return ticks;
        }
        double step = step();
        for (double tick = Math.ceil(from / step - 1e-9); tick * step <= to + 1e-9 * step; tick++) {
            ticks.add(tick * step);
        }
        return ticks;
    }

    String figure(double tick) {
        double unit = scale == Scale.LOG ? tick : step();
        int digits = (int) Math.max(0, -Math.floor(Math.log10(unit) + 1e-9));
        return String.format(Locale.ROOT, "%,." + digits + "f", tick == 0 ? 0.0 : tick);
    }

    /// 1, 2 or 5 times a power of ten.
    private double step() {
        double step = Math.pow(10, Math.floor(Math.log10((to - from) / MOST_TICKS)));
        for (int factor : new int[] {1, 2, 5}) {
            if ((to - from) / (step * factor) <= MOST_TICKS) {
                return step * factor;
            }
        }
        return 10 * step;
    }
}
