package dev.pagoda.gateway.scale;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// As many replicas as a timetable has for the time, in the manner of KEDA's cron scaler.
public final class ScheduleScaler implements Autoscaler {
    private static final int MAX_ENTRIES = 10_000;

    private final NavigableMap<Long, Integer> table;

    /// @param table replicas from a second on, until the next; none before the first
    public ScheduleScaler(Map<Long, Integer> table) {
        if (table.isEmpty() || table.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "a timetable of " + table.size() + " entries is not within 1 to " + MAX_ENTRIES);
        }
        this.table = new TreeMap<>(table);
        this.table.forEach((second, replicas) -> {
            if (second < 0 || replicas < 0) {
                throw new IllegalArgumentException(
                        "a timetable with " + replicas + " replicas from " + second + " s on is impossible");
            }
        });
    }

    /// A timetable as users write it.
    ///
    /// @param text such as `0=1,600=4,1800=2`: seconds and replicas
    public static ScheduleScaler parse(String text) {
        var table = new TreeMap<Long, Integer>();
        for (String entry : text.split(",", -1)) {
            String[] sides = entry.strip().split("=", -1);
            if (sides.length != 2 || !sides[0].matches("\\d{1,9}") || !sides[1].matches("\\d{1,6}")) {
                throw new IllegalArgumentException("schedule " + text + " is not like 0=1,600=4,1800=2");
            }
            table.put(Long.parseLong(sides[0]), Integer.parseInt(sides[1]));
        }
        return new ScheduleScaler(table);
    }

    @Override
    public int wanted(Reading reading) {
        Map.Entry<Long, Integer> entry = table.floorEntry(reading.nowNanos() / 1_000_000_000L);
        return entry == null ? 0 : entry.getValue();
    }
}
