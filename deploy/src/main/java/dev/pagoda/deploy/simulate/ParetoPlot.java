package dev.pagoda.deploy.simulate;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Named points as an SVG picture, the better the further up and left, with those of the front joined by steps.
final class ParetoPlot {
    private static final int WIDTH = 680;
    private static final int HEIGHT = 440;
    private static final int LEFT = 60;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int RIGHT = 150;
    private static final int TICKS = 5;

    /// @param x at least 0
    record Point(String name, double x, double y, boolean isOnFront) {}

    private final StringBuilder svg = new StringBuilder();
    private final double right;
    private final double low;
    private final double high;

    private ParetoPlot(List<Point> points) {
        right = Math.max(
                1e-9, 1.05 * points.stream().mapToDouble(Point::x).max().orElse(1));
        double least = points.stream().mapToDouble(Point::y).min().orElse(0);
        double most = points.stream().mapToDouble(Point::y).max().orElse(1);
        double room = Math.max(1e-6, .08 * (most - least));
        low = least - room;
        high = most + room;
    }

    static String draw(String title, String axis, List<Point> points) {
        var plot = new ParetoPlot(points);
        int width = LEFT + WIDTH + RIGHT;
        int height = TOP + HEIGHT + BOTTOM;
        plot.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">",
                width, height);
        plot.add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", width, height);
        plot.add("<text x=\"%d\" y=\"%d\" font-size=\"15\">%s</text>", LEFT, TOP - 18, escape(title));
        plot.axes(axis);
        plot.front(points);
        for (Point each : points) {
            plot.add(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>",
                    plot.x(each.x), plot.y(each.y), each.isOnFront ? "#d55e00" : "#0072b2");
            plot.add(
                    "<text x=\"%.1f\" y=\"%.1f\">%s</text>", plot.x(each.x) + 8, plot.y(each.y) + 4, escape(each.name));
        }
        return plot.svg.append("</svg>\n").toString();
    }

    private void axes(String axis) {
        for (int i = 0; i <= TICKS; i++) {
            double atX = right * i / TICKS;
            double atY = low + (high - low) * i / TICKS;
            add(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>",
                    x(atX), TOP, x(atX), TOP + HEIGHT);
            add("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2f</text>", x(atX), TOP + HEIGHT + 18, atX);
            add(
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
                    LEFT, y(atY), LEFT + WIDTH, y(atY));
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>", LEFT - 6, y(atY) + 4, atY);
        }
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                LEFT + WIDTH / 2, TOP + HEIGHT + 38, escape(axis));
    }

    private void front(List<Point> points) {
        List<Point> front = points.stream()
                .filter(Point::isOnFront)
                .sorted(Comparator.comparingDouble(Point::x))
                .toList();
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < front.size(); i++) {
            if (i > 0) {
                path.append(String.format(Locale.ROOT, "L%.1f %.1f ", x(front.get(i).x), y(front.get(i - 1).y)));
            }
            path.append(String.format(
                    Locale.ROOT, "%s%.1f %.1f ", i == 0 ? "M" : "L", x(front.get(i).x), y(front.get(i).y)));
        }
        add(
                "<path d=\"%s\" fill=\"none\" stroke=\"#d55e00\" stroke-dasharray=\"4 3\"/>",
                path.toString().strip());
    }

    private double x(double value) {
        return LEFT + WIDTH * value / right;
    }

    private double y(double value) {
        return TOP + HEIGHT * (high - value) / (high - low);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
