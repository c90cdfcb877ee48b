package dev.pagoda.gateway.study;

import dev.pagoda.gateway.report.Objective;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A fleet that was tried.
///
/// @param attainment share of requests within all bounds
/// @param strain     of the percentiles, see [Objective#strain]
/// @param figures    of the study, named as [ServingReport#json] has them
public record CapacityCandidate(
        CapacityOffer offer,
        int engines,
        boolean isEnough,
        double attainment,
        double strain,
        Map<String, Object> figures) {
    /// Figures that are told of each candidate.
    static final List<String> TOLD = List.of(
            "mean_ttft_ms",
            "p99_ttft_ms",
            "mean_tpot_ms",
            "p99_tpot_ms",
            "request_throughput",
            "output_throughput",
            "cost_usd_per_million_output_tokens",
            "energy_joules_per_request",
            "prefix_cache_hit_rate",
            "preemptions");

    static CapacityCandidate of(
            CapacityOffer offer, int engines, Objective objective, double wanted, ServingReport report) {
        double attainment = report.attainment();
        double strain = objective.strain(report::millisAt);
        boolean isEnough = strain <= 1 && (!objective.boundsEach() || attainment >= wanted);
        Map<String, Object> all = report.json();
        var told = new LinkedHashMap<String, Object>();
        TOLD.forEach(name -> told.put(name, all.getOrDefault(name, Double.NaN)));
        told.put("confidence", all.get("confidence"));
        return new CapacityCandidate(offer, engines, isEnough, attainment, strain, told);
    }

    public String name() {
        return engines + " x " + offer.name();
    }

    public double usdPerHour() {
        return engines * offer.usdPerHour();
    }

    public int devices() {
        return engines * offer.bill().devices();
    }

    public double figure(String name) {
        return figures.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /// Whether another attains as much for less, or more for as much.
    public boolean isBeatenBy(CapacityCandidate other) {
        return other.attainment >= attainment
                && other.usdPerHour() <= usdPerHour()
                && (other.attainment > attainment || other.usdPerHour() < usdPerHour());
    }
}
