package dev.pagoda.gateway.load;

import dev.pagoda.gateway.study.TimedRequest;
import java.util.List;

/// What makes the next request leave.
sealed interface Arrivals {
    /// Requests leave by the clock, whether or not earlier ones were answered.
    sealed interface ByClock extends Arrivals {
        /// The mean rate that is meant, in requests a second.
        double perSecond();
    }

    /// At one rate.
    record Open(ArrivalSchedule.Shape shape, double perSecond) implements ByClock {
        public Open {
            ArrivalSchedule.checkRate(perSecond);
        }
    }

    /// At a rate that rises or falls evenly.
    record Ramp(ArrivalSchedule.Shape shape, double from, double to, double overSeconds) implements ByClock {
        public Ramp {
            ArrivalSchedule.checkRate(Math.max(from, to));
            if (from < 0 || to < 0 || !(overSeconds > 0)) {
                throw new IllegalArgumentException(
                        "a ramp from " + from + " to " + to + " over " + overSeconds + " s is impossible");
            }
        }

        @Override
        public double perSecond() {
            return (from + to) / 2;
        }
    }

    /// At a rate for some time, then not at all for some, and again.
    record Bursts(ArrivalSchedule.Shape shape, double within, double onSeconds, double offSeconds) implements ByClock {
        public Bursts {
            ArrivalSchedule.checkRate(within);
            if (!(onSeconds > 0) || !(offSeconds >= 0)) {
                throw new IllegalArgumentException(
                        "bursts of " + onSeconds + " s with " + offSeconds + " s between are impossible");
            }
        }

        @Override
        public double perSecond() {
            return within * onSeconds / (onSeconds + offSeconds);
        }
    }

    /// As a trace has it, with its prompts' lengths, its shared prefixes and its answers' lengths.
    ///
    /// @param speed at which the trace's time passes
    record Replay(List<TimedRequest> requests, double speed) implements ByClock {
        public Replay {
            requests = List.copyOf(requests);
            if (requests.isEmpty() || !(speed > 0 && speed <= 1e6)) {
                throw new IllegalArgumentException(
                        requests.size() + " requests at a speed of " + speed + " cannot be replayed");
            }
        }

        /// When a request leaves, after the beginning.
        long offsetNanos(int index) {
            long first = requests.getFirst().arrivalNanos();
            return Math.round((requests.get(index).arrivalNanos() - first) / speed);
        }

        @Override
        public double perSecond() {
            return requests.size() * 1e9 / Math.max(1, offsetNanos(requests.size() - 1));
        }
    }

    /// The answers: each of `concurrency` clients sends its next request when its last one ended.
    record Closed() implements Arrivals {}
}
