package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.util.List;
import java.util.OptionalInt;

/// How our own index is measured while it changes.
///
/// @param load             whether to measure searches while the set is loaded, and while points are replaced
/// @param churnRounds      times half of the points is removed and put again; none if empty
/// @param shuffled         whether rows are put in an order of their own, not in that of the file
/// @param modes            layouts, at least one, each in a process of its own
/// @param ef               breadth of every search
/// @param upsertsPerSecond how many points are replaced a second
/// @param seconds          of each phase that a clock ends
/// @param warmUpSeconds    of searching a small part of the set before anything counts
/// @param jvmOptions       given to the processes after our own
record LivePlan(
        boolean load,
        OptionalInt churnRounds,
        boolean shuffled,
        List<String> modes,
        int ef,
        int upsertsPerSecond,
        int seconds,
        int warmUpSeconds,
        long seed,
        List<String> jvmOptions) {
    static final int EF = 100;
    static final int UPSERTS_PER_SECOND = 500;
    static final int SECONDS = 20;

    private static final int MAX_EF = 100_000;
    private static final int MAX_ROUNDS = 100;
    private static final int MAX_SECONDS = 600;
    private static final int MAX_RATE = 100_000;
    /// Each is remembered until the answers are judged.
    private static final int MAX_UPSERTS = 5_000_000;

    LivePlan {
        modes = List.copyOf(modes);
        jvmOptions = List.copyOf(jvmOptions);
        if (modes.isEmpty()) {
            throw new StartRefused("--modes names no mode of our own");
        }
        modes.forEach(PagodaContender::system);
        OptionBounds.require("--churn", churnRounds.orElse(1), 1, MAX_ROUNDS);
        OptionBounds.require("--ef", ef, ContenderLoop.LIMIT, MAX_EF);
        OptionBounds.require("--upserts", upsertsPerSecond, 1, MAX_RATE);
        OptionBounds.require("--seconds", seconds, 1, MAX_SECONDS);
        OptionBounds.require("--warm-up", warmUpSeconds, 0, MAX_SECONDS);
        if ((long) upsertsPerSecond * seconds > MAX_UPSERTS) {
            throw new StartRefused("--upserts " + upsertsPerSecond + " for --seconds " + seconds + " are more than "
                    + MAX_UPSERTS + " upserts");
        }
    }

    /// The one breadth of a list; [#EF] where the list is that of the comparison with peers.
    static int onlyBreadth(List<Integer> breadths) {
        if (breadths.equals(Plan.BREADTHS)) {
            return EF;
        }
        if (breadths.size() != 1) {
            throw new StartRefused("--load and --churn search with one --ef, not with " + breadths);
        }
        return breadths.getFirst();
    }
}
