package dev.pagoda.gateway.study;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a search for capacity found.
///
/// @param candidates that were tried, in that order
/// @param passed     offers that were given up, in the order they came
public record CapacityResult(List<CapacityCandidate> candidates, List<Passed> passed) {
    /// An offer that was given up.
    ///
    /// @param reason a clause for people
    public record Passed(CapacityOffer offer, String reason) {}

    private static final Comparator<CapacityCandidate> CHEAPEST = Comparator.comparingDouble(
                    CapacityCandidate::usdPerHour)
            .thenComparing(
                    Comparator.comparingDouble(CapacityCandidate::attainment).reversed());

    public CapacityResult {
        candidates = List.copyOf(candidates);
        passed = List.copyOf(passed);
    }

    /// The cheapest fleet that is enough.
    public Optional<CapacityCandidate> best() {
        return candidates.stream().filter(CapacityCandidate::isEnough).min(CHEAPEST);
    }

    /// What came nearest: by the share of requests within the bounds, then by the percentiles, then by the price.
    public Optional<CapacityCandidate> nearest() {
        return candidates.stream()
                .min(Comparator.comparingDouble(CapacityCandidate::attainment)
                        .reversed()
                        .thenComparingDouble(CapacityCandidate::strain)
                        .thenComparing(CHEAPEST));
    }

    public boolean isOnFront(CapacityCandidate candidate) {
        return candidates.stream().noneMatch(candidate::isBeatenBy);
    }
}
