package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.KvCapacity;
import java.util.Arrays;
import java.util.List;

/// What no prefix cache can exceed on a trace: the share of prompt tokens that one cache for all engines would have,
/// if it never forgot and every prompt were in it as soon as it arrived.
final class PrefixBound {
    private long[] names = new long[1 << 12];
    private int size;

    private PrefixBound() {}

    static double of(List<TimedRequest> requests) {
        var seen = new PrefixBound();
        long hits = 0;
        long tokens = 0;
        for (TimedRequest each : requests) {
            long[] prompt = each.prompt().blockNames();
            tokens += each.prompt().tokens();
            int known = 0;
            // the last token must be computed to continue from it
            int most = Math.min(prompt.length, (each.prompt().tokens() - 1) / KvCapacity.BLOCK_TOKENS);
            while (known < most && !seen.add(prompt[known])) {
                known++;
            }
            for (int i = known; i < prompt.length; i++) {
                seen.add(prompt[i]);
            }
            hits += (long) known * KvCapacity.BLOCK_TOKENS;
        }
        return tokens == 0 ? 0 : (double) hits / tokens;
    }

    /// @return whether the name is new; names are never 0
    private boolean add(long name) {
        if (2 * size >= names.length) {
            grow();
        }
        int slot = slot(names, name);
        if (names[slot] == name) {
            return false;
        }
        names[slot] = name;
        size++;
        return true;
    }

    private static int slot(long[] table, long name) {
        int slot = (int) (name ^ name >>> 32) & table.length - 1;
        while (table[slot] != 0 && table[slot] != name) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private void grow() {
        long[] larger = new long[2 * names.length];
        Arrays.stream(names).filter(each -> each != 0).forEach(each -> larger[slot(larger, each)] = each);
        names = larger;
    }
}
