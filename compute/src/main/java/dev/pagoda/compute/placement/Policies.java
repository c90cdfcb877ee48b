package dev.pagoda.compute.placement;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The policies by name.
public final class Policies {
    private interface Maker {
        Policy make(List<TypicalTask> typical, long seed);
    }

    /// In the order of the published study, others after them.
    private static final Map<String, Maker> MAKERS = new LinkedHashMap<>();

    static {
        MAKERS.put("Random", (typical, seed) -> new Lottery(seed));
        MAKERS.put("DotProd", (typical, seed) -> new DotProduct());
        MAKERS.put("GpuClustering", (typical, seed) -> new GpuClustering());
        MAKERS.put("GpuPacking", (typical, seed) -> new GpuPacking());
        MAKERS.put("BestFit", (typical, seed) -> new BestFit());
        MAKERS.put("FGD", (typical, seed) -> new FragmentationGradient(typical));
        MAKERS.put("Spread", (typical, seed) -> new Spread());
        MAKERS.put("TopologyAware", (typical, seed) -> new TopologyAware());
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

    /// @param typical what mostly arrives, for policies that look ahead; others ignore it
    /// @param seed    for policies that draw lots; others ignore it
    /// @throws IllegalArgumentException if there is no such policy, naming those there are
    public static Policy named(String name, List<TypicalTask> typical, long seed) {
        Maker maker = MAKERS.get(canonical(name));
        if (maker == null) {
            throw new IllegalStateException("policy " + name + " has a name and no maker");
        }
        return maker.make(typical, seed);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("-", "");
    }
}
