package dev.pagoda.gateway.limit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/*
 * Between tenants: start-time fair queueing (Goyal, Vin and Cheng, 1996). Each tenant has a lane with a start tag; the
 * lane with the least tag is served, and its tag then advances by the cost of what was served over the tenant's weight.
 * Virtual time is the tag of what was served last; a lane that was empty begins there, so that idling earns nothing, and
 * one that had just been served begins at the end of that, so that leaving for a moment earns nothing either.
 *
 * Within a tenant: by priority, then by arrival. A client names its own priority, so it cannot count between tenants.
 *
 * Under overload: who has most waiting for its weight loses its least urgent, last come request.
 */

/// Requests in the order in which they are to be served: fair between tenants by weight, by priority within each.
///
/// Deterministic. Not thread-safe. A step takes time of the number of tenants that wait.
final class FairOrder<T> {
    private static final class Entry<T> {
        final T request;
        final Flow flow;
        final long arrival;

        Entry(T request, Flow flow, long arrival) {
            this.request = request;
            this.flow = flow;
            this.arrival = arrival;
        }

        int priority() {
            return flow.priority();
        }

        long arrival() {
            return arrival;
        }
    }

    private static final class Lane<T> {
        final TreeSet<Entry<T>> waiting =
                new TreeSet<>(Comparator.<Entry<T>>comparingInt(Entry::priority).thenComparingLong(Entry::arrival));
        double tag;
        int weight = 1;
        double cost;
    }

    private final Map<String, Lane<T>> lanes = new HashMap<>();
    private final IdentityHashMap<T, Entry<T>> entries = new IdentityHashMap<>();
    private double virtualTime;
    private long arrivals;

    void add(T request, Flow flow) {
        var entry = new Entry<>(request, flow, arrivals++);
        if (entries.putIfAbsent(request, entry) != null) {
            throw new IllegalStateException("a request cannot wait twice");
        }
        Lane<T> lane = lanes.computeIfAbsent(flow.tenant(), tenant -> new Lane<>());
        if (lane.waiting.isEmpty()) {
            lane.tag = Math.max(lane.tag, virtualTime);
        }
        lane.weight = flow.weight();
        lane.waiting.add(entry);
        lane.cost += flow.cost();
    }

    /// Who is served next; stays.
    Optional<T> peek() {
        Lane<T> lane = next();
        return lane == null ? Optional.empty() : Optional.of(lane.waiting.first().request);
    }

    /// Who is served next; leaves.
    Optional<T> poll() {
        Lane<T> lane = next();
        if (lane == null) {
            return Optional.empty();
        }
        Entry<T> entry = lane.waiting.first();
        virtualTime = lane.tag;
        lane.tag += (double) entry.flow.cost() / lane.weight;
        leave(lane, entry);
        // lanes without claims are forgotten, so that there are only as many as matter
        lanes.values().removeIf(idle -> idle.waiting.isEmpty() && idle.tag <= virtualTime);
        return Optional.of(entry.request);
    }

    boolean remove(T request) {
        Entry<T> entry = entries.get(request);
        Lane<T> lane = entry == null ? null : lanes.get(entry.flow.tenant());
        if (entry == null || lane == null) {
            return false;
        }
        leave(lane, entry);
        return true;
    }

    /// Makes room for a newcomer that is due it more than somebody who waits.
    ///
    /// @return who had to leave; empty when it is the newcomer who has to
    Optional<T> shed(Flow newcomer) {
        String tenant = newcomer.tenant();
        Lane<T> own = lanes.get(tenant);
        double ownLoad = ((own == null ? 0 : own.cost) + newcomer.cost()) / newcomer.weight();
        Lane<T> worst = null;
        double worstLoad = ownLoad;
        for (Map.Entry<String, Lane<T>> other : lanes.entrySet()) {
            Lane<T> lane = other.getValue();
            double load = lane.cost / lane.weight;
            boolean isOwn = other.getKey().equals(tenant);
            if (!isOwn && !lane.waiting.isEmpty() && load > worstLoad) {
                worst = lane;
                worstLoad = load;
            }
        }
        if (worst == null
                && own != null
                && !own.waiting.isEmpty()
                && own.waiting.last().priority() > newcomer.priority()) {
            worst = own;
        }
        if (worst == null) {
            return Optional.empty();
        }
        Entry<T> victim = worst.waiting.last();
        leave(worst, victim);
        return Optional.of(victim.request);
    }

    int size() {
        return entries.size();
    }

    /// Those who wait, first come first.
    List<T> all() {
        var sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::arrival));
        return sorted.stream().map(entry -> entry.request).toList();
    }

    private void leave(Lane<T> lane, Entry<T> entry) {
        lane.waiting.remove(entry);
        lane.cost -= entry.flow.cost();
        entries.remove(entry.request);
    }

    private @Nullable Lane<T> next() {
        Lane<T> best = null;
        long bestArrival = 0;
        for (Lane<T> lane : lanes.values()) {
            if (lane.waiting.isEmpty()) {
                continue;
            }
            long arrival = lane.waiting.first().arrival();
            // between equal tags who came first, so that the order does not hang on names
            if (best == null || lane.tag < best.tag || (lane.tag == best.tag && arrival < bestArrival)) {
                best = lane;
                bestArrival = arrival;
            }
        }
        return best;
    }
}
