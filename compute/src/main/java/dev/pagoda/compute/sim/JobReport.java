package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// How the jobs of a study fared.
///
/// @param outcomes        in the order of arrival
/// @param makespanSeconds from the first arrival to the last end
public record JobReport(List<Outcome> outcomes, List<Utilisation> utilisation, double makespanSeconds) {
    public JobReport {
        outcomes = List.copyOf(outcomes);
        utilisation = List.copyOf(utilisation);
        if (outcomes.isEmpty()) {
            throw new IllegalArgumentException("a report of no job");
        }
    }

    /// @param fairness finish-time fairness: its completion time over the one it would have had with an even
    ///                 share of the cluster among as many jobs as there were on average meanwhile; above 1 it
    ///                 lost by sharing
    public record Outcome(
            String name,
            double arrivalSeconds,
            double startSeconds,
            double endSeconds,
            int preemptions,
            double fairness) {
        public double completionSeconds() {
            return endSeconds - arrivalSeconds;
        }

        public double queueingSeconds() {
            return startSeconds - arrivalSeconds;
        }
    }

    /// @param share of the device-seconds of the makespan in which the devices were held, 0 to 1
    public record Utilisation(String device, double share) {}

    /// The same run, judged by the jobs from one place in the order of arrival to before another.
    public JobReport window(int from, int to) {
        return new JobReport(outcomes.subList(from, to), utilisation, makespanSeconds);
    }

    public double meanCompletion() {
        return mean(Outcome::completionSeconds);
    }

    /// @param quantile 0 to 1; the nearest rank
    public double completion(double quantile) {
        return ranked(Outcome::completionSeconds, quantile);
    }

    public double meanQueueing() {
        return mean(Outcome::queueingSeconds);
    }

    public double queueing(double quantile) {
        return ranked(Outcome::queueingSeconds, quantile);
    }

    public long preemptions() {
        return outcomes.stream().mapToLong(Outcome::preemptions).sum();
    }

    public double meanFairness() {
        return mean(Outcome::fairness);
    }

    public double fairness(double quantile) {
        return ranked(Outcome::fairness, quantile);
    }

    /// Jain's index of the speeds that jobs had over those an even share would have given: 1 when all fared
    /// alike.
    public double jain() {
        double sum = 0;
        double squares = 0;
        for (Outcome each : outcomes) {
            double speed = 1 / each.fairness();
            sum += speed;
            squares += speed * speed;
        }
        return sum * sum / (outcomes.size() * squares);
    }

    /// Completion times in seconds, ascending.
    public double[] completions() {
        return outcomes.stream()
                .mapToDouble(Outcome::completionSeconds)
                .sorted()
                .toArray();
    }

    private double mean(ToDoubleFunction<Outcome> figure) {
        double sum = 0;
        for (Outcome each : outcomes) {
            sum += figure.applyAsDouble(each);
        }
        return sum / outcomes.size();
    }

    private double ranked(ToDoubleFunction<Outcome> figure, double quantile) {
        double[] sorted = outcomes.stream().mapToDouble(figure).toArray();
        Arrays.sort(sorted);
        return sorted[Math.clamp((int) Math.ceil(quantile * sorted.length) - 1, 0, sorted.length - 1)];
    }
}
