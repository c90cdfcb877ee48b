package dev.pagoda.gateway.scale;

import java.util.ArrayList;
import java.util.List;

/// Follows, of many simple rules, the one that would have cost least on the traffic so far.
///
/// **Rules.** Always so many; or a forecast of the load (its mean, where its trend leads, its peak of the last minute,
/// five minutes or quarter of an hour) times some headroom, and never fewer than some.
///
/// **Judgement.** Each rule has a fleet in thought ([ImaginedFleet]), which starts replicas as slowly as real ones
/// start.
/// An arrival is work of a replica by the profile, and late when what waits before it takes longer than the objective
/// leaves. A rule costs the seconds for which its fleet holds replicas, and for each late arrival what one in time is
/// worth. What was long ago counts less.
///
/// No shape of the load is assumed, and nothing learnt before: where it cannot be foreseen, the best fixed number wins;
/// where it rises and falls
/// slowly, a trend does.
public final class ForecastScaler implements Autoscaler {
    /// What one request in time is worth, in seconds of a replica, unless the user says otherwise.
    public static final double DEFAULT_WORTH_SECONDS = 3;

    private static final int MOST_START_SECONDS = 600;
    private static final int MOST_FIXED = 32;
    private static final int MOST_KEPT = 3;
    private static final double[] HEADROOMS = {1.2, 1.6, 2.2, 3, 4.5};
    private static final double HALF_LIFE_SECONDS = 3_600;
    /// Nothing is followed before.
    private static final int FIRST_SECONDS = 20;
    /// To hold fewer replicas than the deployment began with, a rule must have been as good for so long: where nothing
    /// has come yet, nothing says that nothing will.
    private static final double PRIOR_SECONDS = 1_500;
    /// A new leader must be so much cheaper.
    private static final double MARGIN = .05;
    /// Of the wanted time to the first token, what waiting may take.
    private static final double TTFT_SHARE = .85;
    /// Of the time that an answer has to spare, what others may take when an arrival comes; they will take as much
    /// later.
    private static final double SPARE_SHARE = .35;

    private static final double LEAST_SLACK_SECONDS = .1;
    private static final int PROFILE_CONTEXT_TOKENS = 1_000;

    private sealed interface Rule {
        record Fixed(int replicas) implements Rule {}

        record Forecast(LoadSignals.Signal signal, double headroom, int kept) implements Rule {}

        /// Replicas that it never goes below.
        default int least() {
            return switch (this) {
                case Fixed fixed -> fixed.replicas;
                case Forecast forecast -> forecast.kept;
            };
        }

        default int wanted(LoadSignals signals) {
            return switch (this) {
                case Fixed fixed -> fixed.replicas;
                case Forecast forecast -> {
                    double needed = Math.ceil(forecast.headroom * signals.load(forecast.signal) - ROUNDING);
                    yield Math.max(forecast.kept, (int) Math.min(MOST_WANTED, needed));
                }
            };
        }
    }

    /// A need of so little more than a whole number of replicas asks for no other.
    private static final double ROUNDING = .05;

    private static final int MOST_WANTED = 1 << 20;
    private static final Rule FIRST_RULE = new Rule.Forecast(LoadSignals.Signal.MINUTE_PEAK, 1.6, 1);

    private final ServingProfile profile;
    private final double worthSeconds;
    private final double ttftSlackSeconds;
    private final double itlMillis;
    private final double memory = Math.pow(.5, 1 / HALF_LIFE_SECONDS);
    private final List<Rule> rules = new ArrayList<>();
    private final List<ImaginedFleet> fleets = new ArrayList<>();
    private final LoadSignals signals;
    private final int startSeconds;
    private double meanOutput = 1;
    private double usualOutputLog;
    private int second;
    private int leader = -1;

    /// @param startSeconds time that the start of a replica takes
    /// @param ttftMillis   time to the first token that is wanted
    /// @param itlMillis    time between tokens that is wanted
    /// @param worthSeconds seconds of a replica that one request in time is worth
    public ForecastScaler(
            ServingProfile profile, double startSeconds, double ttftMillis, double itlMillis, double worthSeconds) {
        if (!(startSeconds >= 0 && startSeconds <= MOST_START_SECONDS)) {
            throw new IllegalArgumentException(
                    "startSeconds " + startSeconds + " is not within 0 to " + MOST_START_SECONDS);
        }
        if (!(ttftMillis > 0) || !(itlMillis > 0) || !(worthSeconds > 0)) {
            throw new IllegalArgumentException("ttftMillis " + ttftMillis + ", itlMillis " + itlMillis
                    + " and worthSeconds " + worthSeconds + " must all be above 0");
        }
        this.profile = profile;
        this.worthSeconds = worthSeconds;
        this.startSeconds = Math.max(1, (int) Math.ceil(startSeconds));
        this.ttftSlackSeconds = TTFT_SHARE * ttftMillis / 1e3;
        this.itlMillis = itlMillis;
        this.signals = new LoadSignals(this.startSeconds);
        for (LoadSignals.Signal signal : LoadSignals.Signal.values()) {
            for (double headroom : HEADROOMS) {
                for (int kept = 0; kept <= MOST_KEPT; kept++) {
                    rules.add(new Rule.Forecast(signal, headroom, kept));
                }
            }
        }
        for (int replicas = 0; replicas <= MOST_FIXED; replicas++) {
            rules.add(new Rule.Fixed(replicas));
        }
    }

    @Override
    public int wanted(Reading reading) {
        if (fleets.isEmpty()) {
            begin(Math.max(1, reading.replicas()));
        }
        double work = work(reading);
        signals.pass(work);
        double slack = slackSeconds();
        for (int i = 0; i < rules.size(); i++) {
            fleets.get(i).pass(reading.arrivals(), work, slack, rules.get(i).wanted(signals), memory);
        }
        second++;
        if (second < FIRST_SECONDS) {
            return Math.max(Math.max(1, reading.replicas()), FIRST_RULE.wanted(signals));
        }
        follow();
        return rules.get(leader).wanted(signals);
    }

    private void begin(int present) {
        for (Rule each : rules) {
            int ready = each instanceof Rule.Fixed(int replicas) ? replicas : present;
            double missing = Math.max(0, present - each.least());
            fleets.add(new ImaginedFleet(startSeconds, ready, PRIOR_SECONDS * missing));
        }
    }

    private double work(Reading reading) {
        if (reading.finished() > 0) {
            double output = (double) reading.outputTokens() / reading.finished();
            double weight = Math.min(1, .02 * reading.finished());
            meanOutput += weight * (output - meanOutput);
            usualOutputLog += weight * (Math.log(output) - usualOutputLog);
        }
        if (reading.arrivals() == 0) {
            return 0;
        }
        double isl = (double) reading.promptTokens() / reading.arrivals();
        return reading.promptTokens() / profile.prefillTokensPerSecond(isl)
                + reading.arrivals() * meanOutput / profile.decodeTokensPerSecond(itlMillis, isl + meanOutput / 2);
    }

    /// What others may take before an arrival has its first token too late, or its answer comes too slowly.
    private double slackSeconds() {
        if (usualOutputLog <= 0) {
            return ttftSlackSeconds;
        }
        double spare = Math.max(0, itlMillis - profile.itlMillis(1, PROFILE_CONTEXT_TOKENS)) / 1e3;
        double answer = SPARE_SHARE * Math.exp(usualOutputLog) * spare;
        return Math.min(ttftSlackSeconds, Math.max(LEAST_SLACK_SECONDS, answer));
    }

    private void follow() {
        int cheapest = 0;
        for (int i = 1; i < fleets.size(); i++) {
            if (fleets.get(i).cost(worthSeconds) < fleets.get(cheapest).cost(worthSeconds)) {
                cheapest = i;
            }
        }
        if (leader < 0
                || fleets.get(cheapest).cost(worthSeconds)
                        < (1 - MARGIN) * fleets.get(leader).cost(worthSeconds)) {
            leader = cheapest;
        }
    }
}
