package dev.pagoda.gateway.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some of the blocks of a KV cache, watched from when they are taken until they are taken again, as vLLM does with
/// `kv_cache_metrics`: the share `kv_cache_metrics_sample` of the blocks that are taken, by chance of a seed.
final class BlockSample {
    /// vLLM remembers so many of the last times that a block was found.
    private static final int REMEMBERED = 4;

    private final double share;
    private final long seed;
    private final @Nullable Life[] lives;
    private final List<BlockStay> ended = new ArrayList<>();
    private long taken;
    private long nowNanos;

    /// One watched block.
    private static final class Life {
        final long bornNanos;
        final long[] foundNanos = new long[REMEMBERED];
        int found;

        Life(long bornNanos) {
            this.bornNanos = bornNanos;
        }

        void found(long nowNanos) {
            foundNanos[found++ % REMEMBERED] = nowNanos;
        }

        BlockStay end(long nowNanos) {
            int kept = Math.min(found, REMEMBERED);
            long[] gaps = new long[Math.max(0, kept - 1)];
            for (int i = 0; i < gaps.length; i++) {
                int later = found - kept + i + 1;
                gaps[i] = foundNanos[later % REMEMBERED] - foundNanos[(later - 1) % REMEMBERED];
            }
            long last = found == 0 ? bornNanos : foundNanos[(found - 1) % REMEMBERED];
            return new BlockStay(nowNanos - bornNanos, nowNanos - last, gaps);
        }
    }

    /// @param blocks of the cache
    /// @param share  of the blocks that are taken, above 0, at most 1
    BlockSample(int blocks, double share, long seed) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("a sample of " + share + " of the blocks is not above 0 and at most 1");
        }
        this.share = share;
        this.seed = seed;
        this.lives = new Life[blocks];
    }

    /// What is told from now on happens at this time.
    void at(long atNanos) {
        nowNanos = atNanos;
    }

    /// A block is taken for new content.
    void taken(int block) {
        Life before = lives[block];
        if (before != null) {
            ended.add(before.end(nowNanos));
        }
        boolean isChosen = share == 1 || (Prompt.mix(Prompt.mix(seed + 1) + taken) >>> 11) * 0x1p-53 < share;
        taken++;
        lives[block] = isChosen ? new Life(nowNanos) : null;
    }

    /// A sequence has found a block in the cache.
    void found(int block) {
        Life life = lives[block];
        if (life != null) {
            life.found(nowNanos);
        }
    }

    /// Tells of those that were taken again since it was last asked.
    <T> void tell(EngineEvents<T> events, long atNanos) {
        if (ended.isEmpty()) {
            return;
        }
        for (BlockStay each : ended) {
            events.evicted(each, atNanos);
        }
        ended.clear();
    }
}
