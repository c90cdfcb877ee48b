package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Devices that serve whole requests from one queue, first come first served.
///
/// A device that is free takes the request at the head, and with it as many of the next as the model answers
/// together; it is free again when all of them are done. Time is a parameter: [#advance] ends all that is due until
/// then, and what waits begins at the very time that a device became free, so that a late call delays nothing. Call
/// it before each change with the same time. Not thread-safe.
///
/// @param <T> what callers tie to a request
public final class RequestPool<T> {
    private final RequestModel model;
    private final int mostWaiting;
    private final ArrayDeque<Asked<T>> queue = new ArrayDeque<>();
    private final TreeMap<Long, Lane<T>> lanes = new TreeMap<>();

    /// A request that has its answer.
    ///
    /// @param together how many were answered at once
    public record Served<T>(T owner, long device, long startNanos, long endNanos, int together) {}

    private record Asked<T>(T owner, RequestWork work) {}

    private static final class Lane<T> {
        final long id;
        final Device device;
        final List<Asked<T>> batch = new ArrayList<>();
        int together;
        long startNanos;
        long endNanos;
        long busyNanos;

        Lane(long id, Device device) {
            this.id = id;
            this.device = device;
        }

        boolean isFree() {
            return together == 0;
        }
    }

    /// @param mostWaiting requests that may wait, at least 1
    public RequestPool(RequestModel model, int mostWaiting) {
        if (mostWaiting < 1) {
            throw new IllegalArgumentException("mostWaiting " + mostWaiting + " is below 1");
        }
        this.model = model;
        this.mostWaiting = mostWaiting;
    }

    public RequestModel model() {
        return model;
    }

    public int waiting() {
        return queue.size();
    }

    /// Requests that devices work on.
    public int running() {
        return lanes.values().stream().mapToInt(lane -> lane.batch.size()).sum();
    }

    public int devices() {
        return lanes.size();
    }

    /// A further device takes requests.
    public void open(long id, Device device, long nowNanos) {
        if (lanes.putIfAbsent(id, new Lane<>(id, device)) != null) {
            throw new IllegalArgumentException("device " + id + " is there already");
        }
        fill(nowNanos);
    }

    /// A device is gone; what it had not done waits at the head of the queue.
    public void close(long id, long nowNanos) {
        Lane<T> lane = lanes.remove(id);
        if (lane != null) {
            lane.batch.reversed().forEach(queue::addFirst);
            fill(nowNanos);
        }
    }

    public boolean isFree(long id) {
        Lane<T> lane = lanes.get(id);
        return lane == null || lane.isFree();
    }

    /// Time that a device has worked until now.
    public long busyNanos(long id, long nowNanos) {
        Lane<T> lane = lanes.get(id);
        if (lane == null) {
            return 0;
        }
        return lane.busyNanos + (lane.isFree() ? 0 : nowNanos - lane.startNanos);
    }

    /// A request comes.
    ///
    /// @return false when too many wait
    public boolean enter(T owner, RequestWork work, long nowNanos) {
        if (!model.takes(work)) {
            throw new IllegalArgumentException(model.name() + " cannot do " + work);
        }
        boolean isFree = lanes.values().stream().anyMatch(Lane::isFree);
        if (!isFree && queue.size() >= mostWaiting) {
            return false;
        }
        queue.add(new Asked<>(owner, work));
        fill(nowNanos);
        return true;
    }

    /// Nobody waits for a request any more. A device that works on it goes on while it works for others too, and
    /// stops at once when it does not, as engines do between two steps.
    ///
    /// @return whether it was there
    public boolean leave(T owner, long nowNanos) {
        if (queue.removeIf(each -> each.owner().equals(owner))) {
            return true;
        }
        for (Lane<T> lane : lanes.values()) {
            if (lane.batch.removeIf(each -> each.owner().equals(owner))) {
                if (lane.batch.isEmpty()) {
                    lane.together = 0;
                    lane.busyNanos += nowNanos - lane.startNanos;
                    fill(nowNanos);
                }
                return true;
            }
        }
        return false;
    }

    /// Requests that wait, in their order.
    public List<T> queued() {
        return queue.stream().map(Asked::owner).toList();
    }

    /// All requests that have no answer yet, none of which is known here afterwards.
    public List<T> abandon() {
        var left = new ArrayList<T>();
        for (Lane<T> lane : lanes.values()) {
            lane.batch.forEach(each -> left.add(each.owner()));
            lane.batch.clear();
        }
        queue.forEach(each -> left.add(each.owner()));
        queue.clear();
        return left;
    }

    /// When the next device is done; empty while none works.
    public OptionalLong dueNanos() {
        return lanes.values().stream()
                .filter(lane -> !lane.isFree())
                .mapToLong(lane -> lane.endNanos)
                .min();
    }

    /// Ends what is due until now, in the order of time.
    public void advance(long nowNanos, Consumer<Served<T>> served) {
        for (Lane<T> lane = first(nowNanos); lane != null; lane = first(nowNanos)) {
            long end = lane.endNanos;
            for (Asked<T> each : lane.batch) {
                served.accept(new Served<>(each.owner(), lane.id, lane.startNanos, end, lane.together));
            }
            lane.batch.clear();
            lane.together = 0;
            lane.busyNanos += end - lane.startNanos;
            fill(end);
        }
    }

    private @Nullable Lane<T> first(long nowNanos) {
        Lane<T> first = null;
        for (Lane<T> lane : lanes.values()) {
            if (!lane.isFree() && lane.endNanos <= nowNanos && (first == null || lane.endNanos < first.endNanos)) {
                first = lane;
            }
        }
        return first;
    }

    private void fill(long atNanos) {
        for (Lane<T> lane : lanes.values()) {
            if (queue.isEmpty()) {
                return;
            }
            if (lane.isFree()) {
                begin(lane, atNanos);
            }
        }
    }

    private void begin(Lane<T> lane, long atNanos) {
        var work = new ArrayList<RequestWork>();
        for (Iterator<Asked<T>> waiting = queue.iterator(); waiting.hasNext(); ) {
            Asked<T> next = waiting.next();
            if (!work.isEmpty() && !model.joins(work, next.work())) {
                break;
            }
            work.add(next.work());
            lane.batch.add(next);
            waiting.remove();
        }
        lane.together = work.size();
        lane.startNanos = atNanos;
        lane.endNanos = atNanos
                + Math.max(1, Math.round(1e3 * model.time(work, lane.device).micros()));
    }
}
