package dev.pagoda.gateway.scale;

/// Knative's autoscaler on concurrency, with the defaults of its `config-autoscaler` (1.18): a stable window of 60 s
/// and a panic window of a tenth of it; 70 % of the target concurrency is aimed at; panic when the panic window asks
/// for 200 % of what is ready, and then for a stable window never fewer; at most 1,000 times as many in one step up
/// and half as many in one step down; a decision every 2 s. The last replica stays until the stable window was quiet,
/// and then for the grace period of 30 s.
public final class KnativeScaler implements Autoscaler {
    /// `container-concurrency-target-default`.
    public static final double DEFAULT_CONCURRENCY = 100;

    private static final double TARGET_UTILISATION = .7;
    private static final double STABLE_SECONDS = 60;
    private static final double PANIC_SECONDS = 6;
    private static final double PANIC_THRESHOLD = 2;
    private static final double MAX_SCALE_UP_RATE = 1_000;
    private static final double MAX_SCALE_DOWN_RATE = 2;
    private static final double TICK_SECONDS = 2;
    private static final double GRACE_SECONDS = 30;

    private final double target;
    private final MovingWindow stable = new MovingWindow(STABLE_SECONDS);
    private final MovingWindow panic = new MovingWindow(PANIC_SECONDS);
    private double sinceDecision = TICK_SECONDS;
    private double panicSeconds = -1;
    private int panicReplicas;
    private double quietSeconds = -1;
    private int decided;

    /// @param concurrency requests that one replica can have in flight; 70 % of it are aimed at
    public KnativeScaler(double concurrency) {
        if (!(concurrency > 0)) {
            throw new IllegalArgumentException("concurrency " + concurrency + " is not above 0");
        }
        target = TARGET_UTILISATION * concurrency;
    }

    @Override
    public int wanted(Reading reading) {
        stable.add(reading.seconds(), reading.meanInFlight());
        panic.add(reading.seconds(), reading.meanInFlight());
        double seconds = reading.nowNanos() / 1e9;
        sinceDecision += reading.seconds();
        if (sinceDecision >= TICK_SECONDS - 1e-9) {
            sinceDecision = 0;
            decided = decide(reading, seconds);
        }
        return decided;
    }

    private int decide(Reading reading, double seconds) {
        int ready = Math.max(1, reading.ready().size());
        int most = (int) Math.min(Integer.MAX_VALUE, Math.ceil(MAX_SCALE_UP_RATE * ready));
        int least = (int) Math.floor(ready / MAX_SCALE_DOWN_RATE);
        int forStable = clamp(Math.ceil(stable.mean() / target - 1e-9), least, most);
        double asked = Math.ceil(panic.mean() / target - 1e-9);
        int forPanic = clamp(asked, least, most);
        if (asked / ready >= PANIC_THRESHOLD) {
            panicReplicas = panicSeconds < 0 ? 0 : panicReplicas;
            panicSeconds = seconds;
        } else if (panicSeconds >= 0 && seconds - panicSeconds > STABLE_SECONDS) {
            panicSeconds = -1;
        }
        int wanted = forStable;
        if (panicSeconds >= 0) {
            panicReplicas = Math.max(panicReplicas, Math.max(forPanic, forStable));
            wanted = panicReplicas;
        }
        if (stable.isQuiet() && wanted <= 1) {
            quietSeconds = quietSeconds < 0 ? seconds : quietSeconds;
            return seconds - quietSeconds >= GRACE_SECONDS ? 0 : Math.min(1, reading.replicas());
        }
        quietSeconds = -1;
        // a window that holds some request keeps the last replica
        return Math.max(wanted, stable.mean() > 0 ? 1 : Math.min(1, reading.replicas()));
    }

    private static int clamp(double value, int least, int most) {
        return (int) Math.max(least, Math.min(most, value));
    }
}
