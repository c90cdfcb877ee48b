package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.StepShape;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.report.Objective.Measure;
import dev.pagoda.gateway.scale.StepProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;

/// Finds the cheapest fleet of engines, all alike, that serves a trace within an objective.
///
/// **Order.** Offers whose engines would cost least at perfect use come first, so that a cheap fleet is known early.
///
/// **Pruning.** More engines never make an objective missed that fewer kept, so that of each offer the least number is
/// found by bisection. An offer is passed by where (1) a request that has an engine for itself misses already, (2) half
/// of the time that its engines would need at perfect use fills more of them than may be had, or than cost less than
/// the best fleet so far, or (3) as many as may be had, or as cost less, are not enough.
///
/// The same offers, trace and goal give the same result.
public final class CapacitySearch {
    private static final double CERTAIN_SHARE = .5;
    private static final double USUAL_USE = .6;

    private final List<TimedRequest> requests;
    private final Objective objective;
    private final double attainment;
    private final int mostEngines;
    private final double knownShare;
    private final double spanSeconds;

    /// @param requests    in order of arrival, at least one
    /// @param attainment  share of requests that the bounds of each request must hold for, above 0 and at most 1
    /// @param mostEngines of a fleet
    public CapacitySearch(List<TimedRequest> requests, Objective objective, double attainment, int mostEngines) {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("a trace without requests needs no capacity");
        }
        if (!(attainment > 0 && attainment <= 1)) {
            throw new IllegalArgumentException("attainment " + attainment + " is not above 0 and at most 1");
        }
        if (mostEngines < 1 || mostEngines > ServingPlan.MAX_ENGINES) {
            throw new IllegalArgumentException(
                    "engines " + mostEngines + " are not within 1 to " + ServingPlan.MAX_ENGINES);
        }
        if (objective.terms().stream().anyMatch(each -> each.isOfEach() && each.measure() == Measure.ITL)) {
            throw new IllegalArgumentException(
                    "times between tokens belong to no single request: bound a percentile, such as itl_p99=80ms");
        }
        this.requests = List.copyOf(requests);
        this.objective = objective;
        this.attainment = attainment;
        this.mostEngines = mostEngines;
        this.knownShare = PrefixBound.of(requests);
        double trace = (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        this.spanSeconds =
                trace + Math.min(objective.limitMillis(Measure.TTFT), objective.limitMillis(Measure.E2EL)) / 1e3;
    }

    private record Ranked(CapacityOffer offer, double idealEngines) {
        double idealUsd() {
            return idealEngines * offer.usdPerHour();
        }
    }

    /// @param progress is told how many offers are done
    public CapacityResult run(List<CapacityOffer> offers, IntConsumer progress) {
        var found = new Found();
        List<Ranked> ranked = offers.stream()
                .map(each -> new Ranked(each, idealEngines(each)))
                .sorted(Comparator.comparingDouble(Ranked::idealUsd))
                .toList();
        for (int i = 0; i < ranked.size(); i++) {
            search(ranked.get(i), found);
            progress.accept(i + 1);
        }
        return new CapacityResult(found.candidates, found.passed);
    }

    private static final class Found {
        final List<CapacityCandidate> candidates = new ArrayList<>();
        final List<CapacityResult.Passed> passed = new ArrayList<>();
        double bestUsd = Double.POSITIVE_INFINITY;
    }

    private void search(Ranked ranked, Found found) {
        CapacityOffer offer = ranked.offer;
        // strictly cheaper than the best
        int affordable = (int) Math.min(mostEngines, Math.ceil(found.bestUsd / offer.usdPerHour() - 1e-9) - 1);
        int least = (int) Math.max(1, Math.ceil(CERTAIN_SHARE * ranked.idealEngines));
        Optional<String> slow = tooSlowAlone(offer);
        if (slow.isPresent()) {
            found.passed.add(new CapacityResult.Passed(offer, slow.get()));
            return;
        }
        if (least > affordable && affordable < mostEngines) {
            found.passed.add(new CapacityResult.Passed(offer, beyond(affordable)));
            return;
        }
        // where nothing is enough yet, the most that may be had tells what comes nearest
        least = Math.min(least, affordable);
        int low = least - 1;
        int high = affordable + 1;
        int next = Math.clamp(Math.round(ranked.idealEngines / USUAL_USE), least, affordable);
        boolean isPossible = false;
        while (low + 1 < high) {
            CapacityCandidate tried = attempt(offer, next);
            found.candidates.add(tried);
            if (tried.isEnough()) {
                high = next;
                isPossible = true;
                found.bestUsd = Math.min(found.bestUsd, tried.usdPerHour());
            } else {
                low = next;
            }
            next = isPossible ? Math.min(Math.max(low + 1, 2 * low), (low + high) / 2) : affordable;
        }
        if (!isPossible) {
            found.passed.add(new CapacityResult.Passed(offer, beyond(affordable)));
        }
    }

    private String beyond(int affordable) {
        return affordable < mostEngines
                ? "as many engines as are enough cost no less than the best"
                : "even " + mostEngines + " engines are not enough";
    }

    private CapacityCandidate attempt(CapacityOffer offer, int engines) {
        ServingResult result =
                new ServingStudy(offer.plan().apply(engines), offer.time(), offer.power()).run(requests, arrived -> {});
        var report = new ServingReport(result, Optional.of(ServingReport.Slo.of(objective)), offer.bill());
        return CapacityCandidate.of(offer, engines, objective, attainment, report);
    }

    /// Engines that the trace would keep busy if every step were as full as it can be.
    private double idealEngines(CapacityOffer offer) {
        EngineLimits limits = offer.plan().apply(1).limits();
        double prompt = 0;
        double output = 0;
        double context = 0;
        for (TimedRequest each : requests) {
            prompt += each.prompt().tokens();
            output += each.outputTokens();
            context += each.prompt().tokens() + each.outputTokens() / 2.0;
        }
        context /= requests.size();
        int chunk = (int) Math.min(limits.stepTokens(), Math.max(1, prompt / requests.size()));
        int prompts = Math.max(1, limits.stepTokens() / chunk);
        var full = new StepShape(
                prompts * chunk, prompts, 0, 0, (long) prompts * chunk, (double) prompts * chunk * chunk / 2);
        double prefillMicros = offer.time().micros(full) / (prompts * chunk);
        int room = (int) Math.max(1, (double) limits.kvBlocks() * KvCapacity.BLOCK_TOKENS / context);
        int sequences = Math.min(limits.maxSequences(), room);
        double decodeMicros = offer.time().micros(StepShape.decode(sequences, (int) context)) / sequences;
        double seconds = ((1 - knownShare) * prompt * prefillMicros + output * decodeMicros) / 1e6;
        return seconds / Math.max(1e-9, spanSeconds);
    }

    /// What a request misses when nothing else is served; nothing is said where drafts make tokens come sooner.
    private Optional<String> tooSlowAlone(CapacityOffer offer) {
        ServingPlan plan = offer.plan().apply(1);
        if (plan.rules().drafts() > 0) {
            return Optional.empty();
        }
        var profile = new StepProfile(offer.time(), plan.limits());
        ServingReport.Slo slo = ServingReport.Slo.of(objective);
        var ttft = new Samples();
        var tpot = new Samples();
        var e2e = new Samples();
        int good = 0;
        for (TimedRequest each : requests) {
            int prompt = each.prompt().tokens();
            double first = profile.ttftMillis(knownShare > 0 ? 1 : prompt);
            double next = profile.itlMillis(1, prompt);
            double all = first + (each.outputTokens() - 1) * next;
            ttft.add(first);
            e2e.add(all);
            if (each.outputTokens() > 1) {
                tpot.add(next);
            }
            boolean isGood = first <= slo.ttftMillis()
                    && all <= slo.e2eMillis()
                    && (each.outputTokens() < 2 || next <= slo.tpotMillis());
            good += isGood ? 1 : 0;
        }
        for (Objective.Term term : objective.terms()) {
            Samples samples = switch (term.measure()) {
                case TTFT -> ttft;
                case TPOT -> tpot;
                case E2EL -> e2e;
                // long answers have more of these than short ones
                case ITL -> new Samples();
            };
            if (!term.isOfEach() && samples.quantile(term.percent() / 100) > term.millis()) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "alone on an engine requests have %.1f ms where %s is asked",
                        samples.quantile(term.percent() / 100),
                        term.label()));
            }
        }
        double share = (double) good / requests.size();
        return objective.boundsEach() && share < attainment
                ? Optional.of(String.format(
                        Locale.ROOT, "alone on an engine %.2f %% of the requests keep the bounds", 100 * share))
                : Optional.empty();
    }
}
