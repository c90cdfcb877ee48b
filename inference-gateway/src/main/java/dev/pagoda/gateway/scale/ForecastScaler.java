package dev.pagoda.gateway.scale;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Lets many simple rules vote, each by how little it would have cost on the traffic so far.
///
/// **Rules.** Always so many; or a forecast of the load (its mean, where its trend leads, its peak of the last minute,
/// five minutes or quarter of an hour) times some headroom, and never fewer than some ([LoadRule]).
///
/// **Judgement.** Each rule has a fleet in thought ([ImaginedFleet]), which starts replicas as slowly as real ones
/// start. A rule costs the seconds for which its fleet holds replicas, and for each late arrival what one in time is
/// worth. What was long ago counts less. So a rule is judged as a whole, with all its starts: where the load rises and
/// falls slowly, a trend is cheapest; where bursts end before a replica could start, a fixed number is.
///
/// **Vote.** The cheapest rule so far is partly so by luck, the more so the more rules there are. Therefore a rule
/// weighs exponentially less the dearer it was, and the weighted median of what they want is wanted [1]. The median,
/// not the mean: it is a whole number of replicas that some rule wants, and a rule that asks for very many moves it no
/// further than one that asks for a few.
///
/// **Price.** Unless the user says what a request in time is worth, it is a multiple of what it costs with the rule
/// that serves most of them in time for each second of a replica; so it suits large models and small ones. With a
/// multiple of 1 the cheapest rule is the one with the highest ratio of requests in time to cost [2]; above, some of
/// that ratio is given up for more requests in time.
///
/// 1. Littlestone and Warmuth 1994, The weighted majority algorithm; Cesa-Bianchi and Lugosi 2006, Prediction,
///    Learning, and Games, chapter 2.
/// 2. Dinkelbach 1967, On nonlinear fractional programming.
public final class ForecastScaler implements Autoscaler {
    private static final int MOST_START_SECONDS = 600;
    private static final double HALF_LIFE_SECONDS = 3_600;
    /// None is given up before.
    private static final int FIRST_SECONDS = 20;
    /// To hold fewer replicas than the deployment began with, a rule must have been as good for so long: where nothing
    /// has come yet, nothing says that nothing will.
    private static final double PRIOR_SECONDS = 1_500;
    /// A rule that is dearer than the cheapest by this share of it weighs a factor of e less.
    private static final double DEARER = .03;
    /// What one request in time is worth, as a multiple of what it costs at least.
    private static final double WORTH_RATIO = 1.5;
    /// What one is taken to have cost before the first came, in multiples of its own work, and how many such.
    private static final double FIRST_COST = 8;

    private static final double FIRST_REQUESTS = 100;

    private final RequestCost cost;
    private final double worthSeconds;
    private final double memory = Math.pow(.5, 1 / HALF_LIFE_SECONDS);
    private final List<LoadRule> rules = LoadRule.all();
    private final List<ImaginedFleet> fleets = new ArrayList<>();
    private final LoadSignals signals;
    private final int startSeconds;
    private double arrivals;
    private int second;

    /// @param startSeconds time that the start of a replica takes
    /// @param ttftMillis   time to the first token that is wanted
    /// @param itlMillis    time between tokens that is wanted
    public ForecastScaler(ServingProfile profile, double startSeconds, double ttftMillis, double itlMillis) {
        this(new RequestCost(profile, ttftMillis, itlMillis), startSeconds, Double.NaN);
    }

    /// @param startSeconds time that the start of a replica takes
    /// @param ttftMillis   time to the first token that is wanted
    /// @param itlMillis    time between tokens that is wanted
    /// @param worthSeconds seconds of a replica that one request in time is worth
    public ForecastScaler(
            ServingProfile profile, double startSeconds, double ttftMillis, double itlMillis, double worthSeconds) {
        this(new RequestCost(profile, ttftMillis, itlMillis), startSeconds, worthSeconds);
        if (!(worthSeconds > 0)) {
            throw new IllegalArgumentException("worthSeconds " + worthSeconds + " is not above 0");
        }
    }

    private ForecastScaler(RequestCost cost, double startSeconds, double worthSeconds) {
        if (!(startSeconds >= 0 && startSeconds <= MOST_START_SECONDS)) {
            throw new IllegalArgumentException(
                    "startSeconds " + startSeconds + " is not within 0 to " + MOST_START_SECONDS);
        }
        this.cost = cost;
        this.startSeconds = Math.max(1, (int) Math.ceil(startSeconds));
        this.worthSeconds = worthSeconds;
        this.signals = new LoadSignals(this.startSeconds);
    }

    @Override
    public int wanted(Reading reading) {
        if (fleets.isEmpty()) {
            begin(Math.max(1, reading.replicas()));
        }
        double work = cost.work(reading);
        double slack = cost.slackSeconds();
        signals.pass(work);
        int[] wanted = new int[rules.size()];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = rules.get(i).wanted(signals);
            fleets.get(i).pass(reading.arrivals(), work, slack, wanted[i], memory);
        }
        arrivals = memory * arrivals + reading.arrivals();
        second++;
        int voted = median(wanted, costs());
        return second < FIRST_SECONDS ? Math.max(Math.max(1, reading.replicas()), voted) : voted;
    }

    private void begin(int present) {
        for (LoadRule each : rules) {
            int ready = each instanceof LoadRule.Fixed(int replicas) ? replicas : present;
            double missing = Math.max(0, present - each.least());
            fleets.add(new ImaginedFleet(startSeconds, ready, PRIOR_SECONDS * missing));
        }
    }

    private double[] costs() {
        double worth = worth();
        return fleets.stream().mapToDouble(each -> each.cost(worth)).toArray();
    }

    private double worth() {
        if (!Double.isNaN(worthSeconds)) {
            return worthSeconds;
        }
        double least = Double.POSITIVE_INFINITY;
        for (ImaginedFleet each : fleets) {
            double held = each.held() + FIRST_REQUESTS * FIRST_COST * cost.meanSeconds();
            least = Math.min(least, held / (arrivals - each.late() + FIRST_REQUESTS));
        }
        return WORTH_RATIO * least;
    }

    /// The least number that rules of half the weight want no more than.
    ///
    /// @param wanted by rule
    /// @param costs  by rule, at least 0
    static int median(int[] wanted, double[] costs) {
        double least = Double.POSITIVE_INFINITY;
        for (double each : costs) {
            least = Math.min(least, each);
        }
        var weights = new TreeMap<Integer, Double>();
        double sum = 0;
        for (int i = 0; i < wanted.length; i++) {
            double weight = costs[i] <= least ? 1 : Math.exp((least - costs[i]) / (DEARER * least));
            weights.merge(wanted[i], weight, Double::sum);
            sum += weight;
        }
        double passed = 0;
        for (Map.Entry<Integer, Double> each : weights.entrySet()) {
            passed += each.getValue();
            if (2 * passed >= sum) {
                return each.getKey();
            }
        }
        return weights.lastKey();
    }
}
