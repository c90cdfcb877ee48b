package dev.pagoda.gateway.scale;

/// Keeps and starts each replica as long as what it will save from being late is worth more than its time.
///
/// **Forecast.** [LateForecast] says, for fleets of each size and for times ahead, how many requests will be late; the
/// difference between one size and the next is what that replica saves.
///
/// **Decision.** [ReplicaValue] weighs for each replica all ways to stop and to start it. As many replicas are wanted
/// as have the greatest value together: below some number more may save nothing, and yet many more a lot.
///
/// **Price.** A request in time is worth a multiple of what one has cost so far, so that it suits large models
/// and small ones. Most is attained for each hour of a replica where the next request costs what one costs on
/// average; a multiple above 1 pays for more requests in time than that. Or the user says what one is worth.
public final class ForecastScaler implements Autoscaler {
    private static final int MOST_START_SECONDS = 600;
    /// What one request in time is worth, as a multiple of what one has cost.
    private static final double WORTH_RATIO = 2.5;
    /// What one is taken to have cost before the first came, in multiples of its own work, and how many such.
    private static final double FIRST_COST = 8;

    private static final double FIRST_REQUESTS = 100;
    private static final double MEMORY = Math.pow(.5, 1 / 3_600.0);
    /// What each replica that it begins with is taken to be busy before anything is known.
    private static final double FIRST_UTILISATION = .35;
    /// None is given up before.
    private static final int FIRST_SECONDS = 20;
    /// The last is not given up before: where nothing has come yet, nothing says that nothing will.
    private static final int LAST_STAYS_SECONDS = 1_500;
    /// A level that saves less than so much of its time ends the search.
    private static final double LEAST_GAIN = .02;

    private final RequestCost cost;
    private final int startSeconds;
    private final double worthSeconds;
    private final ReplicaLevels levels = new ReplicaLevels();
    private final ReplicaValue value;
    private final LateForecast forecast = new LateForecast();
    /// Of replicas that start, by level.
    private final int[] readyAt = new int[ReplicaLevels.COUNT];

    private int began;
    private int second;
    private int decided;
    private double backlogSeconds;
    private double held;
    private double inTime;

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
        this.value = new ReplicaValue(LateForecast.STEP_SECONDS, LateForecast.STEPS, this.startSeconds);
    }

    @Override
    public int wanted(Reading reading) {
        if (second == 0) {
            began = Math.max(1, reading.replicas());
            decided = began;
            forecast.begin(FIRST_UTILISATION * began);
        }
        second++;
        double work = cost.work(reading);
        double slack = cost.slackSeconds();
        levels.pass(reading.arrivals(), work, slack);
        boolean isMoment = forecast.pass(levels, work, cost.meanSeconds());
        count(reading, work, slack);
        if (isMoment) {
            decided = decide(reading.replicas(), reading.ready().size(), slack);
        }
        int least = second < FIRST_SECONDS ? began : second < LAST_STAYS_SECONDS ? 1 : 0;
        return Math.max(least, decided);
    }

    /// What the replicas cost, and what they did in time.
    private void count(Reading reading, double work, double slack) {
        int ready = reading.ready().size();
        backlogSeconds = Math.max(0, backlogSeconds + work - ready);
        double late = backlogSeconds > ready * (1 + slack) ? reading.arrivals() : levels.late(ReplicaLevels.of(ready));
        held = MEMORY * held + reading.replicas();
        inTime = MEMORY * inTime + reading.arrivals() - late;
    }

    private double worth() {
        return Double.isNaN(worthSeconds)
                ? WORTH_RATIO * (held + FIRST_REQUESTS * FIRST_COST * cost.meanSeconds()) / (inTime + FIRST_REQUESTS)
                : worthSeconds;
    }

    private int decide(int present, int ready, double slack) {
        double[][] late = forecast.expected(cost.meanSeconds(), slack);
        double worth = worth();
        double[] gains = new double[LateForecast.STEPS];
        double sum = 0;
        double best = 0;
        int wanted = 0;
        for (int level = 1; level < ReplicaLevels.COUNT; level++) {
            int replicas = ReplicaLevels.replicas(level);
            int more = replicas - ReplicaLevels.replicas(level - 1);
            if (replicas > present) {
                readyAt[level] = second + startSeconds;
            } else if (replicas <= ready) {
                readyAt[level] = second;
            }
            double highest = gains(gains, late, level, worth / more);
            value.weigh(gains, (readyAt[level] - second) / LateForecast.STEP_SECONDS);
            sum += more * (replicas <= present ? value.ofKeeping() : value.ofStarting());
            if (sum > best) {
                best = sum;
                wanted = replicas;
            }
            if (replicas > present && highest < LEAST_GAIN * LateForecast.STEP_SECONDS) {
                break;
            }
        }
        return wanted;
    }

    /// By step, what one replica of a level saves beside the level before.
    ///
    /// @return the highest
    private static double gains(double[] gains, double[][] late, int level, double worth) {
        double highest = 0;
        for (int step = 0; step < gains.length; step++) {
            double[] expected = late[LateForecast.span(step)];
            gains[step] = LateForecast.STEP_SECONDS * worth * Math.max(0, expected[level - 1] - expected[level]);
            highest = Math.max(highest, gains[step]);
        }
        return highest;
    }
}
