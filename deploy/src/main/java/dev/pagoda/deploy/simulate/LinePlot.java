package dev.pagoda.deploy.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Lines over 0, 1, 2, ... as an SVG picture: panels beside each other, one legend.
final class LinePlot {
    private static final int WIDTH = 520;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int LEGEND = 150;
    private static final int MOST_TICKS = 8;
    /// Okabe and Ito's palette, which most kinds of colour vision tell apart
    /// (https://jfly.uni-koeln.de/color/).
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#777777", "#bbbbbb");

    private final StringBuilder panels = new StringBuilder();
    private final List<String> names = new ArrayList<>();
    private int count;

    /// Adds a panel.
    ///
    /// @param lines by name; a line is broken where it is `NaN`
    void panel(String title, String axis, Map<String, double[]> lines) {
        int left = LEFT + count++ * (WIDTH + LEFT);
        int length = lines.values().stream().mapToInt(line -> line.length).max().orElse(2);
        double highest = lines.values().stream()
                .flatMapToDouble(Arrays::stream)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(1);
        double top = Math.max(highest, 1e-9);
        add(String.format(
                Locale.ROOT, "<text x=\"%d\" y=\"%d\" font-size=\"15\">%s</text>", left, TOP - 18, escape(title)));
        for (double tick = 0; tick <= length - 1; tick += step(length - 1)) {
            double x = left + WIDTH * tick / (length - 1);
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>",
                    x,
                    TOP,
                    x,
                    TOP + HEIGHT));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x,
                    TOP + HEIGHT + 18,
                    figure(tick)));
        }
        for (double tick = 0; tick <= top; tick += step(top)) {
            double y = TOP + HEIGHT * (1 - tick / top);
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
                    left,
                    y,
                    left + WIDTH,
                    y));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    left - 6,
                    y + 4,
                    figure(tick)));
        }
        add(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                left + WIDTH / 2,
                TOP + HEIGHT + 38,
                escape(axis)));
        lines.forEach((name, line) -> {
            if (!names.contains(name)) {
                names.add(name);
            }
            line(left, top, length, line, colour(names.indexOf(name)));
        });
    }

    private void line(int left, double top, int length, double[] line, String colour) {
        StringBuilder path = new StringBuilder();
        boolean isDrawing = false;
        for (int i = 0; i < line.length; i++) {
            if (Double.isNaN(line[i])) {
                isDrawing = false;
                continue;
            }
            double x = left + (double) WIDTH * i / (length - 1);
            double y = TOP + HEIGHT * (1 - line[i] / top);
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f ", isDrawing ? "L" : "M", x, y));
            isDrawing = true;
        }
        add(String.format(
                Locale.ROOT,
                "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                path.toString().strip(),
                colour));
    }

    /// The whole picture.
    String draw() {
        int width = LEFT + count * (WIDTH + LEFT) + LEGEND - LEFT;
        int height = TOP + HEIGHT + BOTTOM;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
                width,
                height));
        svg.append(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height));
        svg.append(panels);
        for (int i = 0; i < names.size(); i++) {
            int x = width - LEGEND + 15;
            int y = TOP + 20 * (i + 1);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>\n",
                    x,
                    y - 4,
                    x + 20,
                    y - 4,
                    colour(i)));
            svg.append(
                    String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + 26, y, escape(names.get(i))));
        }
        return svg.append("</svg>\n").toString();
    }

    /// 1, 2 or 5 times a power of ten, so that there are few ticks.
    private static double step(double range) {
        double step = Math.pow(10, Math.floor(Math.log10(range / MOST_TICKS)));
        for (int factor : new int[] {1, 2, 5, 10}) {
            if (range / (step * factor) <= MOST_TICKS) {
                return step * factor;
            }
        }
        return step * 10;
    }

    private static String figure(double tick) {
        return tick == Math.rint(tick)
                ? String.format(Locale.ROOT, "%.0f", tick)
                : String.format(Locale.ROOT, "%.3g", tick);
    }

    private static String colour(int line) {
        return COLOURS.get(line % COLOURS.size());
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private void add(String line) {
        panels.append(line).append('\n');
    }
}
