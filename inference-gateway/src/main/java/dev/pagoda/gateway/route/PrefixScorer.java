package dev.pagoda.gateway.route;

import java.util.List;

/// The highest sum of three scores, each 0 to 1: the share of the prompt's blocks that the target should have, how
/// short its queue is between the longest and the shortest, and the free share of its KV blocks.
///
/// Weights and bounds are those that llm-d ships (inference scheduler and Gateway API Inference Extension, 2025):
/// `prefix-cache-scorer` 3, `queue-scorer` 2, `kv-cache-utilization-scorer` 2, `maxPrefixBlocksToMatch` 256.
public final class PrefixScorer implements RoutingPolicy {
    private static final double PREFIX_WEIGHT = 3;
    private static final double QUEUE_WEIGHT = 2;
    private static final double KV_WEIGHT = 2;
    private static final int MOST_BLOCKS = 256;

    private final Turns turns = new Turns();
    private final PrefixIndex index;

    public PrefixScorer(RoutingOptions options) {
        index = new PrefixIndex(options, MOST_BLOCKS);
    }

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int longest = 0;
        int shortest = Integer.MAX_VALUE;
        for (Target each : targets) {
            longest = Math.max(longest, each.waiting());
            shortest = Math.min(shortest, each.waiting());
        }
        int span = longest - shortest;
        int most = longest;
        int blocks = Math.max(1, index.blocks(request.prompt()));
        int at = turns.least(targets, target -> {
            double prefix = (double) index.matches(target.id(), request.prompt()) / blocks;
            double queue = span == 0 ? 1 : (double) (most - target.waiting()) / span;
            return -(PREFIX_WEIGHT * prefix + QUEUE_WEIGHT * queue + KV_WEIGHT * (1 - target.kvUsage()));
        });
        index.note(targets.get(at).id(), request.prompt());
        return Choice.of(at, targets.get(at), request);
    }

    @Override
    public void removed(long target) {
        index.remove(target);
    }
}
