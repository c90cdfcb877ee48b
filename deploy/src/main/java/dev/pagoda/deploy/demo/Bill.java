package dev.pagoda.deploy.demo;

import java.util.ArrayList;
import java.util.List;

/// What the answers said they cost, added up by kind; set against what the platform booked.
final class Bill {
    /// @param requests those that consumed tokens
    record Sum(String kind, long requests, long tokens, long costNanos) {
        Sum plus(long moreRequests, long moreTokens, long moreNanos) {
            return new Sum(kind, requests + moreRequests, tokens + moreTokens, costNanos + moreNanos);
        }
    }

    private final List<Sum> sums = new ArrayList<>();

    void add(String kind, long tokens, long costNanos) {
        for (int i = 0; i < sums.size(); i++) {
            if (sums.get(i).kind().equals(kind)) {
                sums.set(i, sums.get(i).plus(1, tokens, costNanos));
                return;
            }
        }
        sums.add(new Sum(kind, 1, tokens, costNanos));
    }

    /// By kind, in the order in which they came up.
    List<Sum> sums() {
        return List.copyOf(sums);
    }

    Sum total() {
        Sum total = new Sum("total", 0, 0, 0);
        for (Sum sum : sums) {
            total = total.plus(sum.requests(), sum.tokens(), sum.costNanos());
        }
        return total;
    }

    /// Nano-dollars as dollars with all nine places.
    static String dollars(long nanos) {
        return "$" + java.math.BigDecimal.valueOf(nanos, 9).toPlainString();
    }
}
