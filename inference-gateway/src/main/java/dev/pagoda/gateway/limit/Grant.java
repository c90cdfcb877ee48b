package dev.pagoda.gateway.limit;

import java.util.Arrays;

/// What a request has reserved of its limits. All state belongs to its [LimitBook].
public final class Grant {
    final LimitMeter[] meters;

    /// Tokens of the completion that were reserved at first.
    private final long completionTokens;

    /// Amounts reserved, and in which slots; the first is the request's beginning.
    private long[] amounts;
    private long[] slots;
    private int pieces;
    private long total;
    boolean isOpen = true;

    Grant(LimitMeter[] meters, long completionTokens) {
        this.meters = meters;
        this.completionTokens = completionTokens;
        this.amounts = new long[1];
        this.slots = new long[1];
    }

    /// Tokens that the completions may have together before more has to be reserved.
    public long completionTokens() {
        return completionTokens;
    }

    long total() {
        return total;
    }

    void add(long amount, long slot) {
        if (pieces > 0 && slots[pieces - 1] == slot) {
            amounts[pieces - 1] += amount;
        } else {
            if (pieces == amounts.length) {
                amounts = Arrays.copyOf(amounts, pieces * 2);
                slots = Arrays.copyOf(slots, pieces * 2);
            }
            amounts[pieces] = amount;
            slots[pieces++] = slot;
        }
        total += amount;
    }

    /// Gives reserved tokens back, the last reserved first.
    void giveBack(long amount, long nowNanos) {
        long left = Math.min(amount, total);
        total -= left;
        while (left > 0) {
            long part = Math.min(left, amounts[pieces - 1]);
            amounts[pieces - 1] -= part;
            left -= part;
            for (LimitMeter meter : meters) {
                meter.giveBack(part, slots[pieces - 1], nowNanos);
            }
            if (amounts[pieces - 1] == 0 && pieces > 1) {
                pieces--;
            }
        }
    }
}
