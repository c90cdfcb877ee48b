package dev.pagoda.gateway.metrics;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What a Prometheus would have scraped, page after page, as one OpenMetrics text with timestamps: `promtool tsdb
/// create-blocks-from openmetrics` makes blocks of it. Samples of a series stand together in order of time, as the
/// format asks. Not thread-safe.
public final class MetricsHistory {
    private static final String TYPE = "# TYPE ";
    private static final String HELP = "# HELP ";
    private static final int MAX_SAMPLES = 200_000_000;

    private final long beginMillis;
    private final Map<String, Family> families = new LinkedHashMap<>();
    private long[] millis = new long[64];
    private int pages;
    private long samples;

    /// @param beginMillis of the first page's time 0, since 1970
    public MetricsHistory(long beginMillis) {
        this.beginMillis = beginMillis;
    }

    private static final class Family {
        final String name;
        String type = "unknown";
        String help = "";
        final Map<String, Series> series = new LinkedHashMap<>();

        Family(String name) {
            this.name = name;
        }

        /// OpenMetrics names a counter without the ending of its samples.
        String told() {
            return type.equals("counter") && name.endsWith("_total")
                    ? name.substring(0, name.length() - "_total".length())
                    : name;
        }
    }

    /// Values from a page on, one a page.
    private static final class Series {
        final int first;
        double[] values = new double[16];
        int size;

        Series(int first) {
            this.first = first;
        }

        void add(double value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }
    }

    /// Keeps the state of all engines at a time.
    ///
    /// @param atNanos later than the page before
    public void scrape(VllmMetrics metrics, long atNanos) {
        var page = new StringBuilder();
        metrics.write(page);
        add(page.toString(), atNanos);
    }

    /// Keeps a page of Prometheus text, format 0.0.4.
    void add(String page, long atNanos) {
        long at = beginMillis + Math.floorDiv(atNanos, 1_000_000);
        if (pages > 0 && at <= millis[pages - 1]) {
            throw new IllegalArgumentException("a page at " + at + " ms is not after " + millis[pages - 1]);
        }
        if (pages == millis.length) {
            millis = Arrays.copyOf(millis, 2 * pages);
        }
        millis[pages] = at;
        Family family = new Family("");
        for (String line : page.split("\n", -1)) {
            if (line.startsWith(HELP) || line.startsWith(TYPE)) {
                int end = line.indexOf(' ', HELP.length());
                family = families.computeIfAbsent(line.substring(HELP.length(), end), Family::new);
                if (line.startsWith(TYPE)) {
                    family.type = line.substring(end + 1);
                } else {
                    family.help = line.substring(end + 1);
                }
            } else if (!line.isEmpty()) {
                sample(family, line);
            }
        }
        pages++;
    }

    private void sample(Family family, String line) {
        if (++samples > MAX_SAMPLES) {
            throw new IllegalArgumentException(
                    "more than " + MAX_SAMPLES + " samples: a longer interval between pages is needed");
        }
        int end = line.lastIndexOf(' ');
        Series series = family.series.computeIfAbsent(line.substring(0, end), name -> new Series(pages));
        // a series that was there once stays: engines keep their places
        while (series.first + series.size < pages) {
            series.add(Double.NaN);
        }
        series.add(Double.parseDouble(line.substring(end + 1)));
    }

    /// Writes all that was kept.
    public void write(Appendable out) throws IOException {
        for (Family family : families.values()) {
            out.append(TYPE)
                    .append(family.told())
                    .append(' ')
                    .append(family.type)
                    .append('\n');
            out.append(HELP)
                    .append(family.told())
                    .append(' ')
                    .append(family.help)
                    .append('\n');
            for (Map.Entry<String, Series> each : family.series.entrySet()) {
                Series series = each.getValue();
                for (int i = 0; i < series.size; i++) {
                    if (!Double.isNaN(series.values[i])) {
                        out.append(each.getKey())
                                .append(' ')
                                .append(number(series.values[i]))
                                .append(' ')
                                .append(seconds(millis[series.first + i]))
                                .append('\n');
                    }
                }
            }
        }
        out.append("# EOF\n");
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    private static String seconds(long millis) {
        return millis % 1_000 == 0
                ? String.valueOf(millis / 1_000)
                : String.format(Locale.ROOT, "%d.%03d", Math.floorDiv(millis, 1_000), Math.floorMod(millis, 1_000));
    }
}
