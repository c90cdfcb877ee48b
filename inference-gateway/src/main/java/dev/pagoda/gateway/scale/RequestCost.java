package dev.pagoda.gateway.scale;

/// What requests take of a replica, and how long one may wait behind others, as answers so far and a profile tell. Not
/// thread-safe.
final class RequestCost {
    /// Of the wanted time to the first token, what waiting may take.
    private static final double TTFT_SHARE = .85;
    /// Of the time that an answer has to spare, what others may take when an arrival comes; they will take as much
    /// later.
    private static final double SPARE_SHARE = .35;

    private static final double LEAST_SLACK_SECONDS = .1;
    private static final int PROFILE_CONTEXT_TOKENS = 1_000;
    /// Share of what is known that one answer replaces.
    private static final double FORGETTING = .02;

    private final ServingProfile profile;
    private final double ttftSlackSeconds;
    private final double itlMillis;
    private double meanOutput = 1;
    private double usualOutputLog;
    private double work;
    private double requests;

    RequestCost(ServingProfile profile, double ttftMillis, double itlMillis) {
        if (!(ttftMillis > 0) || !(itlMillis > 0)) {
            throw new IllegalArgumentException(
                    "ttftMillis " + ttftMillis + " and itlMillis " + itlMillis + " must both be above 0");
        }
        this.profile = profile;
        this.ttftSlackSeconds = TTFT_SHARE * ttftMillis / 1e3;
        this.itlMillis = itlMillis;
    }

    /// Seconds of a replica that the arrivals of a reading take.
    double work(Reading reading) {
        if (reading.finished() > 0) {
            double output = (double) reading.outputTokens() / reading.finished();
            double weight = Math.min(1, FORGETTING * reading.finished());
            meanOutput += weight * (output - meanOutput);
            usualOutputLog += weight * (Math.log(output) - usualOutputLog);
        }
        if (reading.arrivals() == 0) {
            return 0;
        }
        double isl = (double) reading.promptTokens() / reading.arrivals();
        double seconds = reading.promptTokens() / profile.prefillTokensPerSecond(isl)
                + reading.arrivals() * meanOutput / profile.decodeTokensPerSecond(itlMillis, isl + meanOutput / 2);
        double kept = Math.pow(1 - FORGETTING / 4, reading.arrivals());
        work = kept * work + seconds;
        requests = kept * requests + reading.arrivals();
        return seconds;
    }

    /// Seconds of a replica that a request usually takes; 0 before the first.
    double meanSeconds() {
        return requests == 0 ? 0 : work / requests;
    }

    /// What others may take before an arrival has its first token too late, or its answer comes too slowly.
    double slackSeconds() {
        if (usualOutputLog <= 0) {
            return ttftSlackSeconds;
        }
        double spare = Math.max(0, itlMillis - profile.itlMillis(1, PROFILE_CONTEXT_TOKENS)) / 1e3;
        double answer = SPARE_SHARE * Math.exp(usualOutputLog) * spare;
        return Math.min(ttftSlackSeconds, Math.max(LEAST_SLACK_SECONDS, answer));
    }
}
