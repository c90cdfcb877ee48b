package dev.pagoda.gateway.model;

/// How long a request takes on a device that has nothing else to do, and how that is known.
public record Estimate(double micros, Confidence confidence) {
    public Estimate {
        if (!(micros >= 0)) {
            throw new IllegalArgumentException("a time of " + micros + " us is below 0");
        }
    }

    /// What a device that draws so much while it works takes for it.
    public double joules(double watts) {
        return watts * micros / 1e6;
    }
}
