package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.util.List;

/// How searches of our own index under filters are measured.
///
/// @param shuffled      whether rows are put in an order of their own, not in that of the file
/// @param modes         layouts, at least one, each in a process of its own
/// @param ef            breadth of every search
/// @param passes        over the queries with each filter; the best of each query counts
/// @param warmUpSeconds of searching before anything counts
/// @param jvmOptions    given to the processes after our own
record FilterPlan(
        boolean shuffled,
        List<String> modes,
        int ef,
        int passes,
        int warmUpSeconds,
        long seed,
        List<String> jvmOptions) {
    static final int EF = 128;

    private static final int MAX_EF = 100_000;
    private static final int MAX_PASSES = 100;
    private static final int MAX_SECONDS = 600;

    FilterPlan {
        modes = List.copyOf(modes);
        jvmOptions = List.copyOf(jvmOptions);
        if (modes.isEmpty()) {
            throw new StartRefused("--modes names no mode of our own");
        }
        modes.forEach(PagodaContender::system);
        OptionBounds.require("--ef", ef, ContenderLoop.LIMIT, MAX_EF);
        OptionBounds.require("--rounds", passes, 1, MAX_PASSES);
        OptionBounds.require("--warm-up", warmUpSeconds, 0, MAX_SECONDS);
    }

    /// The one breadth of a list; [#EF] where the list is that of the comparison with peers.
    static int onlyBreadth(List<Integer> breadths) {
        if (breadths.equals(Plan.BREADTHS)) {
            return EF;
        }
        if (breadths.size() != 1) {
            throw new StartRefused("--filters searches with one --ef, not with " + breadths);
        }
        return breadths.getFirst();
    }
}
