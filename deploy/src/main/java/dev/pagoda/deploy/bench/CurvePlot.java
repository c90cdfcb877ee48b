package dev.pagoda.deploy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Speed against recall as an SVG picture: a panel a tag, recall from 0.8 to 1 to the right, speed upwards by decades.
final class CurvePlot {
    private static final double LEAST_RECALL = 0.8;
    private static final int WIDTH = 560;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int LEGEND = 150;
    private static final int RECALL_STEPS = 4;
    /// Okabe and Ito's palette, which most kinds of colour vision tell apart (https://jfly.uni-koeln.de/color/), and
    /// greys.
    private static final List<String> COLOURS =
            List.of("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#777777", "#bbbbbb");

    private final StringBuilder svg = new StringBuilder();

    private CurvePlot() {}

    /// @param curves by tag and system; of several runs the first is drawn
    static String draw(String set, Map<ResultTag, Map<String, List<Curve>>> curves) {
        CurvePlot plot = new CurvePlot();
        int width = curves.size() * (WIDTH + LEFT) + LEGEND;
        int height = TOP + HEIGHT + BOTTOM;
        plot.add(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">",
                width,
                height));
        plot.add(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", width, height));
        int panel = 0;
        List<String> systems = new ArrayList<>();
        for (var byTag : curves.entrySet()) {
            byTag.getValue().keySet().stream()
                    .filter(system -> !systems.contains(system))
                    .forEach(systems::add);
            plot.panel(
                    LEFT + panel++ * (WIDTH + LEFT),
                    set + " " + byTag.getKey().name() + ": queries a second",
                    byTag.getValue(),
                    systems);
        }
        for (int i = 0; i < systems.size(); i++) {
            int y = TOP + 20 * (i + 1);
            int x = width - LEGEND + 15;
            plot.add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>",
                    x,
                    y - 4,
                    x + 20,
                    y - 4,
                    colour(i)));
            plot.add(
                    String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>", x + 26, y, escape(systems.get(i))));
        }
        return plot.svg.append("</svg>\n").toString();
    }

    private void panel(int left, String title, Map<String, List<Curve>> curves, List<String> systems) {
        double[] speeds = curves.values().stream()
                .flatMap(runs -> runs.getFirst().points().stream())
                .filter(point -> point.recall() >= LEAST_RECALL)
                .mapToDouble(Curve.Point::qps)
                .sorted()
                .toArray();
        int low = speeds.length == 0 ? 0 : (int) Math.floor(Math.log10(speeds[0]));
        int high = speeds.length == 0 ? 1 : Math.max(low + 1, (int) Math.ceil(Math.log10(speeds[speeds.length - 1])));
        add(String.format(
                Locale.ROOT, "<text x=\"%d\" y=\"%d\" font-size=\"15\">%s</text>", left, TOP - 18, escape(title)));
        axes(left, low, high);
        curves.forEach((system, runs) -> {
            String colour = colour(systems.indexOf(system));
            StringBuilder path = new StringBuilder();
            for (Curve.Point point : runs.getFirst().points()) {
                if (point.recall() >= LEAST_RECALL) {
                    double x = left + x(point.recall());
                    double y = TOP + HEIGHT * (high - Math.log10(point.qps())) / (high - low);
                    path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
                    add(String.format(
                            Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, colour));
                }
            }
            add(String.format(
                    Locale.ROOT,
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                    path.toString().trim(),
                    colour));
        });
    }

    private void axes(int left, int low, int high) {
        for (int step = 0; step <= RECALL_STEPS; step++) {
            double recall = LEAST_RECALL + (1 - LEAST_RECALL) * step / RECALL_STEPS;
            double x = left + x(recall);
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>",
                    x,
                    TOP,
                    x,
                    TOP + HEIGHT));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2f</text>",
                    x,
                    TOP + HEIGHT + 18,
                    recall));
        }
        for (int decade = low; decade <= high; decade++) {
            double y = TOP + (double) HEIGHT * (high - decade) / (high - low);
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
                    left,
                    y,
                    left + WIDTH,
                    y));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>",
                    left - 6,
                    y + 4,
                    Math.pow(10, decade)));
        }
        add(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">recall of 10</text>",
                left + WIDTH / 2,
                TOP + HEIGHT + 38));
    }

    private static double x(double recall) {
        return WIDTH * (recall - LEAST_RECALL) / (1 - LEAST_RECALL);
    }

    private static String colour(int system) {
        return COLOURS.get(system % COLOURS.size());
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private void add(String line) {
        svg.append(line).append('\n');
    }
}
