package dev.pagoda.compute.placement;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The policies by name.
public final class Policies {
    private interface Maker {
        Policy make(ArrivalMix mix, long seed);
    }

    /// In the order of the published study, others after them.
    private static final Map<String, Maker> MAKERS = new LinkedHashMap<>();

    static {
        MAKERS.put("Random", (mix, seed) -> new Lottery(seed));
        MAKERS.put("DotProd", (mix, seed) -> new DotProduct());
        MAKERS.put("GpuClustering", (mix, seed) -> new GpuClustering());
        MAKERS.put("GpuPacking", (mix, seed) -> new GpuPacking());
        MAKERS.put("BestFit", (mix, seed) -> new BestFit());
        MAKERS.put("FGD", (mix, seed) -> new FragmentationGradient(mix.typical()));
        MAKERS.put("Spread", (mix, seed) -> new Spread());
        MAKERS.put("TopologyAware", (mix, seed) -> new TopologyAware());
        MAKERS.put("Pagoda", (mix, seed) -> new LeastLossOfUse(mix.all()));
    }

    private Policies() {}

    /// All names, as results show them.
    public static List<String> names() {
        return List.copyOf(MAKERS.keySet());
    }

    /// The name as results show it; case and dashes do not matter.
    ///
    /// @throws IllegalArgumentException if there is no such policy, naming those there are
    public static String canonical(String name) {
        for (String each : MAKERS.keySet()) {
            if (plain(each).equals(plain(name))) {
                return each;
            }
        }
        throw new IllegalArgumentException(
                "there is no policy '" + name + "'; there are " + String.join(", ", MAKERS.keySet()));
    }

    /// @param mix  what arrives, for policies that look ahead; others ignore it
    /// @param seed for policies that draw lots; others ignore it
    /// @throws IllegalArgumentException if there is no such policy, naming those there are
    public static Policy named(String name, ArrivalMix mix, long seed) {
        Maker maker = MAKERS.get(canonical(name));
        if (maker == null) {
            throw new IllegalStateException("policy " + name + " has a name and no maker");
        }
        return maker.make(mix, seed);
    }

    /// The same where only typical kinds are known.
    public static Policy named(String name, List<TypicalTask> typical, long seed) {
        return named(name, new ArrivalMix(typical, typical), seed);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("-", "");
    }
}
