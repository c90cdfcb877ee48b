package dev.pagoda.gateway.scale;

import java.util.Arrays;

/// Keeps and starts each replica as long as the requests that it should save from being late are worth its time.
///
/// **Need.** An arrival costs its replica some time by the profile. Prompts that wait no longer than the slack `T` need
/// `n(t) = max over s of work(s..t) / (t - s + T)` replicas at time `t`; so many arrivals at seconds with `n(t) > k`
/// are
/// late when only `k` replicas serve.
///
/// **Forecast.** For every second of the past it is known how many arrivals `k` replicas would have made late in the
/// time that a start takes, and in as long again after it. The past is weighted by how like its moment was to the
/// present one: how long nothing has come, and how much has in the last ten seconds and the last two minutes. No shape
/// of the load is assumed.
///
/// **Decision.** With a start of `L` seconds, `m` replicas kept until then and `j` from then on cost
/// `L (m + j + max(0, j - m))` seconds of replicas, and make late what the forecast says of `m` for the first time and
/// of `j` for the second. One arrival in time is worth `worthSeconds` of a replica; the cheapest pair decides. Until
/// the
/// past is longer than five minutes, none is given up, and what was needed most so far is started.
public final class ForecastScaler implements Autoscaler {
    /// What one request in time is worth, in seconds of a replica, unless the user says otherwise.
    public static final double DEFAULT_WORTH_SECONDS = 3;

    private static final int MOST_REPLICAS = 64;
    private static final int PAST_SECONDS = 3_600;
    private static final int LONGEST_SPAN = 120;
    private static final int MOST_START_SECONDS = 600;
    private static final int LEAST_PAST_SECONDS = 300;
    private static final double BANDWIDTH = 3;
    private static final double SLACK_SHARE = .85;

    private final ServingProfile profile;
    private final double worthSeconds;
    private final int startSeconds;
    private final double slackSeconds;
    private final double itlMillis;
    /// Of each second, in a ring.
    private final double[] work;

    private final int[] arrivals;
    private final double[] need;
    private final double[] silence;
    private final double[] recent;
    private final double[] steady;
    /// Arrivals that `k` replicas make late within the start after a second.
    private final float[][] late;

    private int second;
    private double silentSeconds;
    private double recentWork;
    private double steadyWork;
    private double meanOutput = 1;
    private double highest;

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
        this.slackSeconds = SLACK_SHARE * ttftMillis / 1e3;
        this.itlMillis = itlMillis;
        int length = PAST_SECONDS + 2 * this.startSeconds + 1;
        work = new double[length];
        arrivals = new int[length];
        need = new double[length];
        silence = new double[length];
        recent = new double[length];
        steady = new double[length];
        late = new float[length][MOST_REPLICAS + 1];
    }

    @Override
    public int wanted(Reading reading) {
        note(reading);
        int wanted = decide(reading.replicas());
        second++;
        return wanted;
    }

    private void note(Reading reading) {
        int at = second % work.length;
        if (reading.finished() > 0) {
            double output = (double) reading.outputTokens() / reading.finished();
            meanOutput += Math.min(1, .02 * reading.finished()) * (output - meanOutput);
        }
        arrivals[at] = reading.arrivals();
        work[at] = 0;
        if (reading.arrivals() > 0) {
            double isl = (double) reading.promptTokens() / reading.arrivals();
            work[at] = reading.promptTokens() / profile.prefillTokensPerSecond(isl)
                    + reading.arrivals() * meanOutput / profile.decodeTokensPerSecond(itlMillis, isl + meanOutput / 2);
        }
        silentSeconds = reading.arrivals() > 0 ? 0 : silentSeconds + reading.seconds();
        recentWork += (work[at] - recentWork) / 10;
        steadyWork += (work[at] - steadyWork) / 120;
        need[at] = need();
        highest = Math.max(highest, need[at]);
        silence[at] = Math.log1p(silentSeconds);
        recent[at] = Math.log1p(10 * recentWork);
        steady[at] = Math.log1p(10 * steadyWork);
        Arrays.fill(late[at], 0);
        int first = Math.max(0, second - startSeconds);
        for (int k = 0; k < MOST_REPLICAS && need[at] > k; k++) {
            // this second lies within the start after each of those
            for (int past = first; past < second; past++) {
                late[past % work.length][k] += reading.arrivals();
            }
        }
    }

    private double need() {
        double sum = 0;
        double most = 0;
        for (int span = 1; span <= LONGEST_SPAN && span <= second + 1; span++) {
            sum += work[(second - span + 1) % work.length];
            most = Math.max(most, sum / (span - 1 + slackSeconds));
        }
        return most;
    }

    private int decide(int replicas) {
        int mostSeen = (int) Math.min(MOST_REPLICAS, Math.ceil(highest));
        if (second < LEAST_PAST_SECONDS) {
            return Math.max(Math.max(1, replicas), mostSeen);
        }
        int now = second % work.length;
        double[] near = new double[mostSeen + 1];
        double[] far = new double[mostSeen + 1];
        double weights = 0;
        int last = second - 2 * startSeconds;
        for (int past = Math.max(0, second - PAST_SECONDS - 2 * startSeconds); past <= last; past++) {
            int at = past % work.length;
            double weight = likeness(at, now);
            weights += weight;
            int later = (past + startSeconds) % work.length;
            for (int k = 0; k <= mostSeen; k++) {
                near[k] += weight * late[at][k];
                far[k] += weight * late[later][k];
            }
        }
        int wanted = replicas;
        double least = Double.POSITIVE_INFINITY;
        for (int kept = 0; kept <= Math.min(replicas, mostSeen); kept++) {
            for (int after = 0; after <= mostSeen; after++) {
                double missed = (near[kept] + far[after]) / weights;
                double held = startSeconds * (double) (kept + after + Math.max(0, after - kept));
                double cost = worthSeconds * missed + held;
                if (cost < least) {
                    least = cost;
                    wanted = Math.max(kept, after);
                }
            }
        }
        return wanted;
    }

    private double likeness(int at, int now) {
        double a = silence[at] - silence[now];
        double b = recent[at] - recent[now];
        double c = steady[at] - steady[now];
        return 1e-4 + Math.exp(-(a * a + b * b + c * c) / (2 * BANDWIDTH * BANDWIDTH));
    }
}
