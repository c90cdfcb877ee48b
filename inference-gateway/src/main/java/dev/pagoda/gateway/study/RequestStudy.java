package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.RequestPool;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;

/// Serves a trace with a model that answers requests as a whole, in virtual time, by the queue that serves live
/// traffic too.
public final class RequestStudy {
    private static final int MAX_DEVICES = 65_536;

    private final RequestModel model;
    private final Device device;
    private final int devices;

    /// A request that has its answer; times since the trace began.
    ///
    /// @param together how many requests were answered at once
    public record Outcome(int index, long device, long arrivalNanos, long startNanos, long endNanos, int together) {
        public double waitMillis() {
            return (startNanos - arrivalNanos) / 1e6;
        }

        public double e2eMillis() {
            return (endNanos - arrivalNanos) / 1e6;
        }
    }

    /// @param outcomes  in the order of arrival
    /// @param endNanos  when the last was answered
    /// @param busyNanos of all devices together
    public record Result(List<Outcome> outcomes, long endNanos, long busyNanos) {}

    /// @param devices 1 to 65,536, each of which serves by itself
    public RequestStudy(RequestModel model, Device device, int devices) {
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new IllegalArgumentException(devices + " devices are not within 1 to " + MAX_DEVICES);
        }
        this.model = model;
        this.device = device;
        this.devices = devices;
    }

    /// @param trace    in order of arrival
    /// @param progress is told how many have arrived
    public Result run(List<TimedWork> trace, IntConsumer progress) {
        var pool = new RequestPool<Integer>(model, Math.max(1, trace.size()));
        for (int i = 0; i < devices; i++) {
            pool.open(i, device, 0);
        }
        var outcomes = new ArrayList<Outcome>(trace.size());
        for (int i = 0; i < trace.size(); i++) {
            long at = trace.get(i).arrivalNanos();
            pool.advance(at, served -> outcomes.add(outcome(trace, served)));
            if (!pool.enter(i, trace.get(i).work(), at)) {
                throw new IllegalStateException("a queue for the whole trace is full");
            }
            progress.accept(i + 1);
        }
        pool.advance(Long.MAX_VALUE, served -> outcomes.add(outcome(trace, served)));
        outcomes.sort(Comparator.comparingInt(Outcome::index));
        long end = outcomes.stream().mapToLong(Outcome::endNanos).max().orElse(0);
        long busy = 0;
        for (int i = 0; i < devices; i++) {
            busy += pool.busyNanos(i, end);
        }
        return new Result(List.copyOf(outcomes), end, busy);
    }

    private static Outcome outcome(List<TimedWork> trace, RequestPool.Served<Integer> served) {
        return new Outcome(
                served.owner(),
                served.device(),
                trace.get(served.owner()).arrivalNanos(),
                served.startNanos(),
                served.endNanos(),
                served.together());
    }
}
