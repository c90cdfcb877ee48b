package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// How a set is measured.
///
/// @param modes        of our own index, at least one
/// @param peers        may be empty
/// @param breadths     values of `ef`, ascending
/// @param rounds       passes of every system at every breadth; the best counts
/// @param runs         times that all is built and measured anew; the median counts in the tables
/// @param queryThreads when above 1, the speed of so many threads by the clock is measured too
/// @param warmUp       CPU time that each system searches before anything counts
/// @param hnswlib      folder of headers
/// @param jvmOptions   given to every system of the JVM after our own
record Plan(
        List<String> modes,
        List<String> peers,
        List<Integer> breadths,
        int rounds,
        int runs,
        int queryThreads,
        Duration warmUp,
        long seed,
        Path hnswlib,
        List<String> jvmOptions) {
    static final int BUILD_THREADS = 2;
    /// No greater breadth is tried once a system is as good as this.
    static final double ENOUGH = 0.995;

    static final List<Integer> BREADTHS = List.of(10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 900);

    private static final int MOST = 100;
    private static final int MAX_BREADTH = 100_000;

    Plan {
        modes = List.copyOf(modes);
        peers = List.copyOf(peers);
        breadths = breadths.stream().sorted().toList();
        jvmOptions = List.copyOf(jvmOptions);
        if (modes.isEmpty()) {
            throw new StartRefused("--modes names no mode of our own");
        }
        modes.forEach(PagodaContender::system);
        peers.forEach(Contenders::ofPeer);
        if (breadths.isEmpty() || breadths.getFirst() < ContenderLoop.LIMIT || breadths.getLast() > MAX_BREADTH) {
            throw new StartRefused(
                    "--ef " + breadths + " is not all from " + ContenderLoop.LIMIT + " to " + MAX_BREADTH);
        }
        requireWithin("--rounds", rounds);
        requireWithin("--runs", runs);
        requireWithin("--query-threads", queryThreads);
        if (warmUp.isNegative() || warmUp.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new StartRefused("--warm-up " + warmUp.toSeconds() + " is not from 0 to 600");
        }
        if (peers.contains("hnswlib")) {
            HnswlibDriver.requireHeaders(hnswlib);
        }
    }

    private static void requireWithin(String option, int value) {
        if (value < 1 || value > MOST) {
            throw new StartRefused(option + " " + value + " is not from 1 to " + MOST);
        }
    }

    /// Ours first.
    List<String> systems() {
        Set<String> systems = new LinkedHashSet<>(ours());
        peers.forEach(peer -> systems.addAll(Contenders.ofPeer(peer)));
        return List.copyOf(systems);
    }

    List<String> ours() {
        return modes.stream().map(PagodaContender::system).toList();
    }
}
