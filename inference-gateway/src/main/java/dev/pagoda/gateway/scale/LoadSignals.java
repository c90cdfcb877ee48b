package dev.pagoda.gateway.scale;

import java.util.ArrayDeque;

/// The work that arrives, in replicas that it keeps busy, as rules of scaling look at it: means over some time, the
/// highest of late, and where it will be. A reading a second. Not thread-safe.
final class LoadSignals {
    private static final double SHORT_SECONDS = 10;
    private static final double MIDDLE_SECONDS = 60;
    private static final double LONG_SECONDS = 240;

    /// What a rule may look at.
    enum Signal {
        MEAN,
        TREND,
        MINUTE_PEAK,
        FIVE_MINUTE_PEAK,
        QUARTER_HOUR_PEAK
    }

    private record Peak(int second, double load) {}

    private static final class Highest {
        private final int seconds;
        private final ArrayDeque<Peak> falling = new ArrayDeque<>();

        Highest(int seconds) {
            this.seconds = seconds;
        }

        void add(int second, double load) {
            while (!falling.isEmpty() && falling.getLast().load <= load) {
                falling.removeLast();
            }
            falling.addLast(new Peak(second, load));
            while (falling.getFirst().second <= second - seconds) {
                falling.removeFirst();
            }
        }

        double load() {
            return falling.isEmpty() ? 0 : falling.getFirst().load;
        }
    }

    private final double aheadSeconds;
    private final Highest minute = new Highest(60);
    private final Highest fiveMinutes = new Highest(300);
    private final Highest quarterHour = new Highest(900);
    private double brief;
    private double middle;
    private double slow;
    private int second;

    /// @param aheadSeconds for which a trend is followed
    LoadSignals(double aheadSeconds) {
        this.aheadSeconds = aheadSeconds;
    }

    void pass(double workSeconds) {
        // means over what has been while that is shorter than their time
        brief += (workSeconds - brief) / Math.min(SHORT_SECONDS, second + 1);
        middle += (workSeconds - middle) / Math.min(MIDDLE_SECONDS, second + 1);
        slow += (workSeconds - slow) / Math.min(LONG_SECONDS, second + 1);
        minute.add(second, brief);
        fiveMinutes.add(second, brief);
        quarterHour.add(second, brief);
        second++;
    }

    double load(Signal signal) {
        return switch (signal) {
            case MEAN -> middle;
            // a mean lags by its own time
            case TREND ->
                Math.max(
                        0,
                        middle + (middle - slow) / (LONG_SECONDS - MIDDLE_SECONDS) * (MIDDLE_SECONDS + aheadSeconds));
            case MINUTE_PEAK -> minute.load();
            case FIVE_MINUTE_PEAK -> fiveMinutes.load();
            case QUARTER_HOUR_PEAK -> quarterHour.load();
        };
    }
}
