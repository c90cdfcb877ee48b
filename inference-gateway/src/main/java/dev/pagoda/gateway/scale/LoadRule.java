package dev.pagoda.gateway.scale;

import java.util.ArrayList;
import java.util.List;

/// A simple rule of scaling.
sealed interface LoadRule {
    /// Always so many.
    record Fixed(int replicas) implements LoadRule {
        @Override
        public int least() {
            return replicas;
        }

        @Override
        public int wanted(LoadSignals signals) {
            return replicas;
        }
    }

    /// As many as a forecast of the load times some headroom asks for, and never fewer than some.
    record Forecast(LoadSignals.Signal signal, double headroom, int least) implements LoadRule {
        /// A need of so little more than a whole number of replicas asks for no other.
        private static final double ROUNDING = .05;

        private static final int MOST_WANTED = 1 << 20;

        @Override
        public int wanted(LoadSignals signals) {
            double needed = Math.ceil(headroom * signals.load(signal) - ROUNDING);
            return Math.max(least, (int) Math.min(MOST_WANTED, needed));
        }
    }

    /// Replicas that it never goes below.
    int least();

    int wanted(LoadSignals signals);

    /// Every signal with headrooms from a fifth to three and a half times the load and up to three replicas kept, and
    /// fixed numbers up to 32.
    static List<LoadRule> all() {
        var rules = new ArrayList<LoadRule>();
        for (LoadSignals.Signal signal : LoadSignals.Signal.values()) {
            for (double headroom : new double[] {1.2, 1.6, 2.2, 3, 4.5}) {
                for (int least = 0; least <= 3; least++) {
                    rules.add(new Forecast(signal, headroom, least));
                }
            }
        }
        for (int replicas = 0; replicas <= 32; replicas++) {
            rules.add(new Fixed(replicas));
        }
        return List.copyOf(rules);
    }
}
