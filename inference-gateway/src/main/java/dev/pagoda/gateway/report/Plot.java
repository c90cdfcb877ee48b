package dev.pagoda.gateway.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// An SVG picture: panels beside each other with curves or named points, and one legend for all curves. The same
/// figures give the same bytes. Not thread-safe.
public final class Plot {
    private static final int WIDTH = 520;
    private static final int HEIGHT = 360;
    private static final int LEFT = 70;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int LEGEND = 180;
    private static final int LETTER = 7;
    private static final int LINE = 13;
    /// Of the length of an axis, beyond the last point.
    private static final double POINT_ROOM = .04;
    /// Points of a curve beyond which only the least and the most of each stretch are drawn.
    private static final int MOST_POINTS = 4 * WIDTH;
    /// Okabe and Ito's palette, which most kinds of colour vision tell apart
    /// (https://jfly.uni-koeln.de/color/), and greys.
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#777777", "#bbbbbb");

    private final StringBuilder panels = new StringBuilder();
    private final List<String> names = new ArrayList<>();
    private int count;
    private int left;

    /// A curve through points in order; broken where one is NaN or beyond the axes.
    ///
    /// @param x      as many as `y`; read only while the panel is added, as is `y`
    /// @param isDotted whether each point is marked
    public record Curve(String name, double[] x, double[] y, boolean isDotted) {
        public Curve {
            if (x.length != y.length) {
                throw new IllegalArgumentException(
                        "curve " + name + " has " + x.length + " and " + y.length + " figures");
            }
        }

        /// A curve over 0, 1, 2, ...
        public static Curve of(String name, double[] y) {
            var x = new double[y.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = i;
            }
            return new Curve(name, x, y, false);
        }
    }

    /// A named point, the better the further up and left.
    ///
    /// @param isOnFront whether no other is better in both
    public record Point(String name, double x, double y, boolean isOnFront) {}

    /// Adds a panel with curves; those of one name have one colour in all panels.
    public Plot curves(String title, Axis x, Axis y, List<Curve> curves) {
        var bounds = new Bounds();
        for (Curve each : curves) {
            for (int i = 0; i < each.x.length; i++) {
                bounds.add(each.x[i], each.y[i], x);
            }
        }
        Axis across = bounds.across(x);
        Axis up = bounds.up(y);
        panel(title, across, up);
        for (Curve each : curves) {
            if (!names.contains(each.name)) {
                names.add(each.name);
            }
            curve(each, across, up, COLOURS.get(names.indexOf(each.name) % COLOURS.size()));
        }
        return this;
    }

    /// Adds a panel with points that bear their names; those on the front are joined by steps.
    public Plot points(String title, Axis x, Axis y, List<Point> points) {
        var bounds = new Bounds();
        points.forEach(each -> bounds.add(each.x, each.y, x));
        bounds.mostX += POINT_ROOM * Math.abs(bounds.mostX);
        Axis across = bounds.across(x);
        Axis up = bounds.up(y);
        panel(title, across, up);
        front(points, across, up);
        var taken = new ArrayList<Box>();
        points.forEach(each -> taken.add(Box.around(px(across, each.x), py(up, each.y))));
        // the front's names are written first: when there is room for few it is theirs
        List<Point> ordered = points.stream()
                .sorted(Comparator.comparing((Point each) -> !each.isOnFront))
                .toList();
        for (Point each : ordered) {
            double atX = px(across, each.x);
            double atY = py(up, each.y);
            add(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>",
                    atX, atY, each.isOnFront ? COLOURS.get(1) : COLOURS.get(0));
            name(each.name, atX, atY, taken);
        }
        return this;
    }

    /// The whole picture.
    public String draw() {
        int legend = names.isEmpty() ? 20 : LEGEND;
        int width = count * (WIDTH + LEFT) + legend;
        int height = TOP + HEIGHT + BOTTOM;
        var svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">\n",
                width,
                height,
                width,
                height));
        svg.append(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height));
        svg.append(panels);
        for (int i = 0; i < names.size(); i++) {
            int x = width - LEGEND + 15;
            int y = TOP + 20 * (i + 1);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>",
                    x,
                    y - 4,
                    x + 20,
                    y - 4,
                    COLOURS.get(i % COLOURS.size())));
            svg.append(
                    String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>", x + 26, y, escape(names.get(i))));
            svg.append('\n');
        }
        return svg.append("</svg>\n").toString();
    }

    private void panel(String title, Axis across, Axis up) {
        left = LEFT + count++ * (WIDTH + LEFT);
        add("<text x=\"%d\" y=\"%d\" font-size=\"15\">%s</text>", left, TOP - 18, escape(title));
        for (double tick : across.ticks()) {
            double x = px(across, tick);
            add(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>"
                            + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x, TOP, x, TOP + HEIGHT, x, TOP + HEIGHT + 18, across.figure(tick));
        }
        for (double tick : up.ticks()) {
            double y = py(up, tick);
            add(
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    left, y, left + WIDTH, y, left - 6, y + 4, up.figure(tick));
        }
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                left + WIDTH / 2, TOP + HEIGHT + 38, escape(across.title()));
        if (!up.title().isEmpty()) {
            add(
                    "<text transform=\"translate(%d %d) rotate(-90)\" text-anchor=\"middle\">%s</text>",
                    left - 54, TOP + HEIGHT / 2, escape(up.title()));
        }
    }

    private void curve(Curve curve, Axis across, Axis up, String colour) {
        int stretch = Math.max(1, curve.x.length / (MOST_POINTS / 2));
        var path = new StringBuilder();
        boolean isDrawing = false;
        for (int i = 0; i < curve.x.length; i += stretch) {
            int end = Math.min(curve.x.length, i + stretch);
            int least = i;
            int most = i;
            for (int j = i; j < end; j++) {
                least = curve.y[j] < curve.y[least] ? j : least;
                most = curve.y[j] > curve.y[most] ? j : most;
            }
            int[] drawn = least == most ? new int[] {least} : new int[] {Math.min(least, most), Math.max(least, most)};
            for (int j : drawn) {
                double x = curve.x[j];
                double y = curve.y[j];
                boolean isShown = !Double.isNaN(x) && !Double.isNaN(y) && isWithin(across, x) && isWithin(up, y);
                if (isShown) {
                    path.append(String.format(
                            Locale.ROOT, "%s%.1f %.1f ", isDrawing ? "L" : "M", px(across, x), py(up, y)));
                    if (curve.isDotted) {
                        add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", px(across, x), py(up, y), colour);
                    }
                }
                isDrawing = isShown;
            }
        }
        add(
                "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\"/>",
                path.toString().strip(), colour);
    }

    private static boolean isWithin(Axis axis, double value) {
        double at = axis.at(value);
        return at > -1e-9 && at < 1 + 1e-9;
    }

    private void front(List<Point> points, Axis across, Axis up) {
        List<Point> front = points.stream()
                .filter(Point::isOnFront)
                .sorted(Comparator.comparingDouble(Point::x).thenComparingDouble(Point::y))
                .toList();
        var path = new StringBuilder();
        for (int i = 0; i < front.size(); i++) {
            double x = px(across, front.get(i).x);
            if (i > 0) {
                path.append(String.format(Locale.ROOT, "L%.1f %.1f ", x, py(up, front.get(i - 1).y)));
            }
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f ", i == 0 ? "M" : "L", x, py(up, front.get(i).y)));
        }
        if (!path.isEmpty()) {
            add(
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-dasharray=\"4 3\"/>",
                    path.toString().strip(), COLOURS.get(1));
        }
    }

    /// Writes a name where it covers nothing, if there is such a place near its point; it is told by hovering anyway.
    private void name(String name, double x, double y, List<Box> taken) {
        int width = LETTER * name.length();
        double[][] places = {{8, -6}, {8, 16}, {-8 - width, -6}, {-8 - width, 16}, {8, 4}, {-8 - width, 4}};
        for (double[] place : places) {
            var box = new Box(x + place[0], y + place[1] - LINE + 3, width, LINE);
            boolean isFree = taken.stream().noneMatch(box::meets)
                    && box.x >= left
                    && box.x + width <= left + WIDTH + LEFT - 10
                    && box.y >= TOP - 10
                    && box.y + LINE <= TOP + HEIGHT;
            if (isFree) {
                taken.add(box);
                add("<text x=\"%.1f\" y=\"%.1f\">%s</text>", x + place[0], y + place[1], escape(name));
                return;
            }
        }
        add(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"transparent\"><title>%s</title></circle>",
                x, y, escape(name));
    }

    private record Box(double x, double y, double width, double height) {
        static Box around(double x, double y) {
            return new Box(x - 5, y - 5, 10, 10);
        }

        boolean meets(Box other) {
            return x < other.x + other.width
                    && other.x < x + width
                    && y < other.y + other.height
                    && other.y < y + height;
        }
    }

    /// How far the figures of a panel reach, of those that the first axis shows.
    private static final class Bounds {
        private double leastX = Double.POSITIVE_INFINITY;
        private double mostX = Double.NEGATIVE_INFINITY;
        private double leastY = Double.POSITIVE_INFINITY;
        private double mostY = Double.NEGATIVE_INFINITY;

        void add(double x, double y, Axis across) {
            if (!Double.isFinite(x) || !Double.isFinite(y) || x < across.from() || x > across.to()) {
                return;
            }
            leastX = Math.min(leastX, x);
            mostX = Math.max(mostX, x);
            leastY = Math.min(leastY, y);
            mostY = Math.max(mostY, y);
        }

        Axis across(Axis axis) {
            return leastX > mostX ? axis.over(0, 1) : axis.over(leastX, mostX);
        }

        Axis up(Axis axis) {
            return leastY > mostY ? axis.over(0, 1) : axis.over(leastY, mostY);
        }
    }

    private double px(Axis axis, double value) {
        return left + WIDTH * axis.at(value);
    }

    private static double py(Axis axis, double value) {
        return TOP + HEIGHT * (1 - axis.at(value));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    // The annotation asked for is in a library of the linter, which is no dependency here.
    @SuppressWarnings("AnnotateFormatMethod")
    private void add(String format, Object... values) {
        panels.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
