package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.fleet.StorageTier;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.gateway.study.FleetPlan;
import java.util.Locale;
import java.util.Map;

/// How long an engine takes to start: it is placed, image and weights arrive from storage, and it warms up.
///
/// @param coldNanos on a node that has nothing
/// @param hotNanos  on a node that has image and weights on its own disk
/// @param keptNanos how long a node has them
record StartTimes(long coldNanos, long hotNanos, long keptNanos) {
    private static final Map<String, StorageTier> TIERS = Map.of(
            "object", StorageTier.OBJECT,
            "distributed", StorageTier.DISTRIBUTED,
            "all-flash", StorageTier.ALL_FLASH);

    /// Decision, placement and the start of a container; an estimate.
    private static final double PLACE_SECONDS = 2;
    /// vLLM's image, packed; an estimate.
    private static final long IMAGE_BYTES = 8L << 30;
    /// The rate at which layers are unpacked, of packed bytes; an estimate.
    private static final double UNPACK_BYTES_PER_SECOND = 300e6;
    /// 100 Gbit/s.
    private static final double NETWORK_BYTES_PER_SECOND = 12.5e9;

    static StartTimes of(String storage, Architecture model, double warmUpSeconds, long keptSeconds) {
        StorageTier tier = TIERS.get(storage.toLowerCase(Locale.ROOT));
        if (tier == null) {
            throw new StartRefused("--storage " + storage + " is none of "
                    + TIERS.keySet().stream().sorted().toList());
        }
        if (!(warmUpSeconds >= 0 && warmUpSeconds <= 600) || keptSeconds < 0 || keptSeconds > 1_000_000) {
            throw new StartRefused("--warm-up " + warmUpSeconds + " is not within 0 to 600 seconds, or --keep-hot "
                    + keptSeconds + " not within 0 to 1000000");
        }
        long weights = Math.round(model.weightBytes());
        double image = tier.arrivalMicros(IMAGE_BYTES, 1, NETWORK_BYTES_PER_SECOND) / 1e6
                + IMAGE_BYTES / UNPACK_BYTES_PER_SECOND;
        double afar = tier.arrivalMicros(weights, 1, NETWORK_BYTES_PER_SECOND) / 1e6;
        double near = StorageTier.NODE_CACHE.arrivalMicros(weights, 1, NETWORK_BYTES_PER_SECOND) / 1e6;
        double hot = PLACE_SECONDS + near + warmUpSeconds;
        double cold = PLACE_SECONDS + image + Math.max(afar, near) + warmUpSeconds;
        return new StartTimes(Math.round(cold * 1e9), Math.round(hot * 1e9), keptSeconds * 1_000_000_000L);
    }

    FleetPlan fleet(Scaling scaling, int fewest, int most, double ttftMillis, double tpotMillis) {
        boolean isFixed = scaling.rule() == Scaling.Rule.FIXED;
        int engines = isFixed ? Integer.parseInt(scaling.argument()) : 0;
        return new FleetPlan(
                scaling,
                isFixed ? engines : fewest,
                isFixed ? engines : most,
                coldNanos,
                hotNanos,
                keptNanos,
                Math.min(ttftMillis, 1e9),
                Math.min(tpotMillis, 1e9));
    }
}
