package dev.pagoda.deploy.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Completion times as an SVG picture: which part of the jobs had ended after how long, by decades of seconds.
final class CompletionPlot {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 400;
    private static final int LEFT = 60;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int LEGEND = 190;
    private static final int POINTS = 400;
    /// Okabe and Ito's palette, which most kinds of colour vision tell apart
    /// (https://jfly.uni-koeln.de/color/).
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#777777", "#bbbbbb");

    private final StringBuilder svg = new StringBuilder();
    private final double low;
    private final double high;

    private CompletionPlot(double low, double high) {
        this.low = low;
        this.high = high;
    }

    /// @param completions seconds by policy, ascending, at least one each
    static String draw(String title, Map<String, double[]> completions) {
        double least =
                completions.values().stream().mapToDouble(each -> each[0]).min().orElse(1);
        double most = completions.values().stream()
                .mapToDouble(each -> each[each.length - 1])
                .max()
                .orElse(10);
        double low = Math.floor(Math.log10(Math.max(least, 1e-3)));
        CompletionPlot plot = new CompletionPlot(low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(most, 1e-3)))));
        int width = LEFT + WIDTH + LEGEND;
        int height = TOP + HEIGHT + BOTTOM;
        plot.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">",
                width, height);
        plot.add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", width, height);
        plot.add("<text x=\"%d\" y=\"%d\" font-size=\"15\">%s</text>", LEFT, TOP - 18, escape(title));
        plot.axes();
        List<String> policies = new ArrayList<>(completions.keySet());
        for (int i = 0; i < policies.size(); i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            plot.curve(completions.getOrDefault(policies.get(i), new double[0]), colour);
            int x = width - LEGEND + 15;
            int y = TOP + 20 * (i + 1);
            plot.add(
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>",
                    x, y - 4, x + 20, y - 4, colour);
            plot.add("<text x=\"%d\" y=\"%d\">%s</text>", x + 26, y, escape(policies.get(i)));
        }
        return plot.svg.append("</svg>\n").toString();
    }

    private void axes() {
        for (int tick = 0; tick <= 4; tick++) {
            double y = TOP + HEIGHT * (1 - tick / 4.0);
            add("<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>", LEFT, y, LEFT + WIDTH, y);
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>", LEFT - 6, y + 4, tick / 4.0);
        }
        for (double decade = low; decade <= high; decade++) {
            double x = x(decade);
            add("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>", x, TOP, x, TOP + HEIGHT);
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x, TOP + HEIGHT + 18, String.format(Locale.ROOT, "%,.0f", Math.pow(10, decade)));
        }
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">completion time, s: part of the jobs that took no more</text>",
                LEFT + WIDTH / 2, TOP + HEIGHT + 38);
    }

    private void curve(double[] sorted, String colour) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i <= POINTS; i++) {
            double at = low + (high - low) * i / POINTS;
            double seconds = Math.pow(10, at) * (1 + 1e-9);
            int ended = Arrays.binarySearch(sorted, seconds);
            ended = ended < 0 ? -ended - 1 : ended + 1;
            points.append(String.format(
                    Locale.ROOT, "%.1f,%.1f ", x(at), TOP + HEIGHT * (1 - (double) ended / sorted.length)));
        }
        add(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                points.toString().strip(), colour);
    }

    private double x(double decade) {
        return LEFT + WIDTH * (decade - low) / (high - low);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    // The annotation asked for is in a library of the linter, which is no dependency here.
    @SuppressWarnings("AnnotateFormatMethod")
    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
