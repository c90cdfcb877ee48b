package dev.pagoda.gateway.scale;

/// NVIDIA Dynamo's SLA planner (0.9, `planner_core`): every adjustment interval of 180 s it takes the load of the last
/// one for that of the next (its constant predictor), and asks a profile how many replicas that needs:
/// ```
/// prefill = requests x isl / interval x min(1, ttft seen / ttft of the profile) / prompt tokens a second of a replica
/// decode  = requests x osl / interval / tokens a second at an ITL of (target x ITL of the profile / ITL seen)
/// ```
/// Dynamo rounds both up, each for engines of its own; engines that do both share their time, so that the sum is
/// rounded up here. At least one stays (`min_endpoint`).
public final class SlaPlanner implements Autoscaler {
    private static final double INTERVAL_SECONDS = 180;

    private final ServingProfile profile;
    private final double itlMillis;
    private double seconds;
    private long requests;
    private long promptTokens;
    private long finished;
    private long outputTokens;
    private final Mean ttft = new Mean();
    private final Mean itl = new Mean();
    private final Mean perReplica = new Mean();
    private int decided = -1;

    private static final class Mean {
        double sum;
        double weight;

        void add(double value, double by) {
            if (!Double.isNaN(value) && by > 0) {
                sum += value * by;
                weight += by;
            }
        }

        double orElse(double otherwise) {
            return weight == 0 ? otherwise : sum / weight;
        }

        void clear() {
            sum = 0;
            weight = 0;
        }
    }

    /// @param itlMillis time between tokens that is wanted
    public SlaPlanner(ServingProfile profile, double itlMillis) {
        if (!(itlMillis > 0)) {
            throw new IllegalArgumentException("itlMillis " + itlMillis + " is not above 0");
        }
        this.profile = profile;
        this.itlMillis = itlMillis;
    }

    @Override
    public int wanted(Reading reading) {
        if (decided < 0) {
            decided = Math.max(1, reading.replicas());
        }
        seconds += reading.seconds();
        requests += reading.arrivals();
        promptTokens += reading.promptTokens();
        finished += reading.finished();
        outputTokens += reading.outputTokens();
        ttft.add(reading.ttftMillis(), Math.max(1, reading.arrivals()));
        itl.add(reading.itlMillis(), (double) Math.max(1, reading.outputTokens()));
        if (!reading.ready().isEmpty()) {
            perReplica.add(reading.meanInFlight() / reading.ready().size(), reading.meanInFlight());
        }
        if (seconds >= INTERVAL_SECONDS - 1e-9) {
            decided = decide();
            seconds = 0;
            requests = 0;
            promptTokens = 0;
            finished = 0;
            outputTokens = 0;
            ttft.clear();
            itl.clear();
            perReplica.clear();
        }
        return decided;
    }

    private int decide() {
        if (requests == 0) {
            return 1;
        }
        double isl = (double) promptTokens / requests;
        double osl = finished == 0 ? 1 : Math.max(1, (double) outputTokens / finished);
        double context = isl + osl / 2;
        double expectedTtft = profile.ttftMillis(isl);
        double prefillCorrection = ttft.orElse(expectedTtft) / expectedTtft;
        double expectedItl = profile.itlMillis(Math.max(1, perReplica.orElse(1)), context);
        double decodeCorrection = Math.max(1e-3, itl.orElse(expectedItl) / expectedItl);
        double prefill =
                requests * isl / seconds * Math.min(1, prefillCorrection) / profile.prefillTokensPerSecond(isl);
        double decode = requests * osl / seconds / profile.decodeTokensPerSecond(itlMillis / decodeCorrection, context);
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.ceil(prefill + decode)));
    }
}
