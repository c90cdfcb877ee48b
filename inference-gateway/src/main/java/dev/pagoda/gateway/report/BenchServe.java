package dev.pagoda.gateway.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The form of the block that `vllm bench serve` prints, and of the names that it saves.
public final class BenchServe {
    public static final int WIDTH = 50;

    private BenchServe() {}

    /// One measure, in milliseconds.
    public record Measured(double mean, double median, double deviation, double p90, double p99) {}

    public static String title(String text, char line) {
        int left = (WIDTH - text.length()) / 2;
        return String.valueOf(line).repeat(left) + text + String.valueOf(line).repeat(WIDTH - left - text.length());
    }

    public static String row(String label, double value) {
        return String.format(Locale.ROOT, "%-40s %-10.2f", label, value).stripTrailing();
    }

    public static String row(String label, long value) {
        return String.format(Locale.ROOT, "%-40s %-10d", label, value).stripTrailing();
    }

    public static void block(List<String> lines, String title, String name, Measured measured) {
        lines.add(title(title, '-'));
        lines.add(row("Mean " + name + " (ms):", measured.mean));
        lines.add(row("Median " + name + " (ms):", measured.median));
        lines.add(row("P90 " + name + " (ms):", measured.p90));
        lines.add(row("P99 " + name + " (ms):", measured.p99));
    }

    public static void put(Map<String, Object> json, String name, Measured measured) {
        json.put("mean_" + name + "_ms", measured.mean);
        json.put("median_" + name + "_ms", measured.median);
        json.put("std_" + name + "_ms", measured.deviation);
        json.put("p90_" + name + "_ms", measured.p90);
        json.put("p99_" + name + "_ms", measured.p99);
    }
}
