package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The systems by name. Every graph is built with the same M and efConstruction.
final class Contenders {
    static final int M = 16;
    static final int EF_CONSTRUCTION = 200;

    /// The systems that stand for a peer; the best of them is what ours is compared with.
    static final Map<String, List<String>> PEERS = Map.of(
            "hnswlib", List.of("hnswlib"),
            "jvector", List.of("jvector", "jvector-fused"),
            "lucene", List.of("lucene", "lucene-int7", "lucene-int4"));

    private Contenders() {}

    /// The systems of a peer, or the one of that name alone.
    static List<String> ofPeer(String peer) {
        List<String> systems = PEERS.get(peer);
        if (systems != null) {
            return systems;
        }
        if (PEERS.values().stream().anyMatch(each -> each.contains(peer))) {
            return List.of(peer);
        }
        throw new StartRefused("there is no peer '" + peer + "'; there are "
                + PEERS.values().stream().flatMap(List::stream).sorted().collect(Collectors.joining(", ")));
    }

    /// A system of the JVM.
    ///
    /// @param scratch a folder of its own, for systems with files
    static Contender named(String system, Path scratch, long seed) {
        return switch (system) {
            case "pagoda", "pagoda-compact", "pagoda-codes" -> new PagodaContender(PagodaContender.mode(system), seed);
            case "jvector" -> new JvectorContender(scratch, false);
            case "jvector-fused" -> new JvectorContender(scratch, true);
            case "lucene" -> new LuceneContender(scratch, LuceneContender.Codes.NONE);
            case "lucene-int7" -> new LuceneContender(scratch, LuceneContender.Codes.SEVEN_BIT);
            case "lucene-int4" -> new LuceneContender(scratch, LuceneContender.Codes.FOUR_BIT);
            default -> throw new IllegalArgumentException("there is no system " + system);
        };
    }
}
