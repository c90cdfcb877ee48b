package dev.pagoda.deploy.console;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The last minutes of the counters that the page draws, so that a reload does not begin with empty charts.
///
/// A ring of columns, oldest first when read. An absent floor leaves -1, which the page draws as a gap. Not
/// safe for threads: its owner is the feed.
final class HouseHistory {

    private static final String[] COLUMNS = {
        "at", "requests", "promptTokens", "completionTokens", "running", "queued", "busy", "searches", "runs", "cost"
    };

    private final long[][] ring;
    private long startedAtMillis = -1;
    private int next;
    private int size;

    HouseHistory(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity + " is below 1");
        }
        ring = new long[capacity][];
    }

    /// Takes one more moment; a snapshot of another life of the platform begins anew.
    void add(HouseSnapshot house) {
        if (house.about().startedAtMillis() != startedAtMillis) {
            startedAtMillis = house.about().startedAtMillis();
            next = 0;
            size = 0;
        }
        var gateway = house.gateway();
        var compute = house.compute();
        var vectors = house.vectors();
        var workflows = house.workflows();
        var governance = house.governance();
        ring[next] = new long[] {
            house.atMillis(),
            gateway == null ? -1 : gateway.requests(),
            gateway == null ? -1 : gateway.promptTokens(),
            gateway == null ? -1 : gateway.completionTokens(),
            gateway == null ? -1 : gateway.running(),
            gateway == null ? -1 : gateway.queued(),
            compute == null ? -1 : compute.busy(),
            vectors == null ? -1 : vectors.searches(),
            workflows == null ? -1 : workflows.finishedToday(),
            governance == null ? -1 : governance.costNanos()
        };
        next = (next + 1) % ring.length;
        size = Math.min(size + 1, ring.length);
    }

    /// @return column name to values, every array freshly made and equally long
    Map<String, long[]> columns() {
        var columns = new LinkedHashMap<String, long[]>();
        for (var c = 0; c < COLUMNS.length; c++) {
            var values = new long[size];
            for (var i = 0; i < size; i++) {
                values[i] = at(i)[c];
            }
            columns.put(COLUMNS[c], values);
        }
        return columns;
    }

    int size() {
        return size;
    }

    private long[] at(int age) {
        long @Nullable [] moment = ring[Math.floorMod(next - size + age, ring.length)];
        if (moment == null) {
            throw new IllegalStateException("no moment at " + age + " of " + size);
        }
        return moment;
    }
}
