package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.RequestService.Served;
import dev.pagoda.gateway.engine.RequestPool;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A served model that answers requests as a whole, on devices that compute gives it.
///
/// It gets a replica of one device when the first request comes, a further one for each two requests in hand, and
/// gives those that have had nothing to do for a while back, down to its least number.
///
/// Belongs to the deployments' context.
final class RequestDeployment {
    /// What is served, and how.
    ///
    /// @param version      empty for models that are not registered
    /// @param accelerators ids in order of preference; empty: any
    record Spec(
            String name,
            String version,
            RequestModel model,
            int minReplicas,
            int maxReplicas,
            List<String> accelerators) {}

    private static final Logger LOG = LoggerFactory.getLogger(RequestDeployment.class);
    private static final Duration ASK = Duration.ofSeconds(10);
    private static final long RETRY_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long IDLE_NANOS = Duration.ofSeconds(60).toNanos();
    private static final int PER_REPLICA = 2;
    private static final int UNAVAILABLE_RETRY_SECONDS = 5;
    /// What such models run in, about the size of PyTorch's image of 2025, packed.
    private static final String IMAGE = "pytorch/pytorch:2.9";

    private static final long IMAGE_BYTES = 4_000_000_000L;
    /// Loading and a first pass; an estimate.
    private static final long WARM_UP_NANOS = Duration.ofSeconds(8).toNanos();
    /// Activations and the runtime's own context beside the weights; an estimate.
    private static final double WORKING_BYTES = 2e9;

    private final DeploymentSurroundings around;
    private final RequestPool<Job> pool;
    private final List<Lane> lanes = new ArrayList<>();
    private final StepWheel.Entry timer;
    private Spec spec;

    private int named;
    private int asked;
    private int cold;
    private int hot;
    private int crashes;
    private long requests;
    private long promptTokens;
    private long completionTokens;
    private long nextPlacementNanos;
    private String trouble = "";
    private boolean isRetired;

    /// A request; belongs to the deployments' context, but for its promise, which completes on the asker's.
    private static final class Job {
        final Promise<Served> promise = Promise.promise();
        final Call call;
        final long arrivedNanos;

        Job(Call call, long arrivedNanos) {
            this.call = call;
            this.arrivedNanos = arrivedNanos;
        }
    }

    /// A replica.
    private static final class Lane {
        final long number;
        final String name;
        ReplicaState state = ReplicaState.PLACING;
        long sinceNanos;
        long idleSinceNanos;
        long busyTold;
        long busyToldAt;
        boolean startsHot;
        boolean isGone;

        @Nullable
        Placed placed;

        StepWheel.@Nullable Entry stage;

        Lane(long number, String name, long nowNanos) {
            this.number = number;
            this.name = name;
            this.sinceNanos = nowNanos;
        }

        void become(ReplicaState next, long nowNanos) {
            state = next;
            sinceNanos = nowNanos;
        }
    }

    RequestDeployment(DeploymentSurroundings around, Spec spec) {
        this.around = around;
        this.spec = spec;
        this.pool = new RequestPool<>(spec.model(), around.config().maxQueued());
        this.nextPlacementNanos = realNow();
        this.timer = new StepWheel.Entry() {
            @Override
            void due() {
                run();
            }
        };
        reconcile();
    }

    /// Serves as it is specified now.
    void specify(Spec next) {
        isRetired = false;
        spec = next;
        reconcile();
    }

    /// Serves no more, once what it took on is done.
    void retire() {
        isRetired = true;
        reconcile();
    }

    boolean isGone() {
        return isRetired && lanes.isEmpty() && asked == 0 && inFlight() == 0;
    }

    int inFlight() {
        return pool.waiting() + pool.running();
    }

    boolean isSettled() {
        return count(ReplicaState.READY) >= spec.minReplicas() || !trouble.isEmpty();
    }

    /// Completes on the context of the deployments.
    /// @param left succeeds there when nobody waits any more
    Future<Served> serve(RequestWork work, Call call, Future<Void> left) {
        if (isRetired) {
            return refusal(Reason.NOT_FOUND, "model_not_found", "model " + spec.name() + " is served no more", 0);
        }
        if (lanes.isEmpty() && !trouble.isEmpty() && !mayPlace()) {
            return refusal(
                    Reason.UNAVAILABLE,
                    "no_replica",
                    "model " + spec.name() + " has no replica now: " + trouble,
                    UNAVAILABLE_RETRY_SECONDS);
        }
        long now = now();
        pool.advance(now, this::served);
        var job = new Job(call, now);
        if (!pool.enter(job, work, now)) {
            return refusal(
                    Reason.EXHAUSTED,
                    "queue_full",
                    "model " + spec.name() + " is overloaded: " + pool.waiting() + " requests wait",
                    1);
        }
        arm();
        reconcile();
        left.onSuccess(gone -> leave(job));
        return job.promise.future();
    }

    private void leave(Job job) {
        long now = now();
        pool.advance(now, this::served);
        boolean hadBegun = !pool.queued().contains(job);
        List<Lane> busy =
                lanes.stream().filter(lane -> !pool.isFree(lane.number)).toList();
        if (pool.leave(job, now)) {
            busy.stream().filter(lane -> pool.isFree(lane.number)).forEach(lane -> lane.idleSinceNanos = now);
            job.promise.tryFail(new GivenUp(hadBegun));
        }
        arm();
        reconcile();
    }

    private static Future<Served> refusal(Reason reason, String code, String message, int retrySeconds) {
        return Future.failedFuture(new Refused(new Refusal(reason, code, message, retrySeconds)));
    }

    private void run() {
        pool.advance(now(), this::served);
        arm();
        reconcile();
    }

    private void arm() {
        pool.dueNanos().ifPresent(due -> around.timer().set(timer, due));
    }

    private void served(RequestPool.Served<Job> served) {
        Job job = served.owner();
        requests++;
        String replica = "";
        for (Lane lane : lanes) {
            if (lane.number == served.device()) {
                replica = lane.name;
                lane.idleSinceNanos = served.endNanos();
            }
        }
        job.promise.tryComplete(new Served(
                replica, Math.max(0, served.startNanos() - job.arrivedNanos), served.endNanos() - served.startNanos()));
    }

    /// Adds the tokens of a request that has ended.
    void count(int prompt, int completion) {
        promptTokens += prompt;
        completionTokens += completion;
    }

    /// Looks after itself; called about once a second of the engines' time.
    void tick() {
        run();
        for (Job job : pool.queued()) {
            if (job.call.isExpired()) {
                pool.leave(job, now());
                job.promise.tryFail(
                        new Refused(Reason.DEADLINE, "deadline_exceeded", "no replica was free before the deadline"));
            }
        }
    }

    void lost(PlacementLost news) {
        for (Lane lane : List.copyOf(lanes)) {
            if (lane.placed != null && lane.placed.placementId().equals(news.placementId())) {
                LOG.warn("replica {} lost node {}", lane.name, news.failedNode());
                crashes++;
                remove(lane);
            }
        }
        run();
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        isRetired = true;
        for (Job job : pool.abandon()) {
            job.promise.tryFail(why.asException());
        }
        List.copyOf(lanes).forEach(this::end);
        around.timer().clear(timer);
    }

    /// Adds by placement how busy each device was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        long now = now();
        for (Lane lane : lanes) {
            if (lane.placed != null && lane.state == ReplicaState.READY) {
                long worked = pool.busyNanos(lane.number, now);
                long passed = now - lane.busyToldAt;
                busy.put(
                        lane.placed.placementId(),
                        passed <= 0 ? 0 : Math.clamp((double) (worked - lane.busyTold) / passed, 0, 1));
                lane.busyTold = worked;
                lane.busyToldAt = now;
            }
        }
    }

    private int wanted() {
        int needed = Math.ceilDiv(inFlight(), PER_REPLICA);
        return isRetired ? Math.min(needed, 1) : Math.clamp(needed, spec.minReplicas(), spec.maxReplicas());
    }

    private boolean mayPlace() {
        return realNow() - nextPlacementNanos >= 0;
    }

    private void reconcile() {
        int wanted = wanted();
        while (lanes.size() < wanted && mayPlace()) {
            place();
        }
        long now = now();
        for (Lane lane : List.copyOf(lanes)) {
            boolean isUnused = lane.state == ReplicaState.READY
                    && pool.isFree(lane.number)
                    && (isRetired || now - lane.idleSinceNanos > IDLE_NANOS);
            if (lanes.size() > wanted && isUnused) {
                LOG.info("replica {} has nothing to do and is given back", lane.name);
                end(lane);
            }
        }
    }

    private void place() {
        var lane = new Lane(around.nextReplica().getAsLong(), spec.name() + "-" + ++named, now());
        lanes.add(lane);
        double weights = spec.model().weightBytes();
        var gang = new PlaceGang(
                "gateway/" + lane.name,
                1,
                (long) (weights + WORKING_BYTES),
                spec.accelerators(),
                true,
                new Artefacts(IMAGE, IMAGE_BYTES, spec.name() + ":" + spec.version(), (long) weights));
        asked++;
        around.bus()
                .ask(Compute.PLACE, gang, Call.platform(ASK))
                .onComplete(answered -> asked--)
                .onSuccess(placed -> placed(lane, placed))
                .onFailure(failure -> notPlaced(lane, failure));
    }

    private void placed(Lane lane, Placed placed) {
        if (lane.isGone) {
            release(placed);
            return;
        }
        Device device;
        try {
            device = ReplicaModel.device(placed.accelerator());
        } catch (IllegalArgumentException unfit) {
            release(placed);
            notPlaced(lane, unfit);
            return;
        }
        lane.placed = placed;
        lane.startsHot = placed.start().imageHot() && placed.start().weightsHot();
        if (lane.startsHot) {
            hot++;
        } else {
            cold++;
        }
        long fetch = shortened(TimeUnit.MILLISECONDS.toNanos(placed.start().totalMillis()));
        lane.become(ReplicaState.FETCHING, now());
        after(fetch, lane, () -> {
            lane.become(ReplicaState.WARMING, now());
            after(shortened(WARM_UP_NANOS), lane, () -> ready(lane, device));
        });
    }

    private void after(long nanos, Lane lane, Runnable action) {
        var entry = new StepWheel.Entry() {
            @Override
            void due() {
                action.run();
            }
        };
        lane.stage = entry;
        around.timer().set(entry, now() + nanos);
    }

    private void ready(Lane lane, Device device) {
        long now = now();
        lane.become(ReplicaState.READY, now);
        lane.idleSinceNanos = now;
        lane.busyToldAt = now;
        trouble = "";
        LOG.info("replica {} is ready on {}", lane.name, device.id());
        pool.advance(now, this::served);
        pool.open(lane.number, device, now);
        arm();
    }

    private void notPlaced(Lane lane, Throwable failure) {
        remove(lane);
        nextPlacementNanos = realNow() + RETRY_NANOS;
        String why = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        if (!why.equals(trouble)) {
            LOG.warn("model {} gets no further replica: {}", spec.name(), why);
        }
        trouble = why;
    }

    private void end(Lane lane) {
        remove(lane);
        if (lane.placed != null) {
            release(lane.placed);
        }
    }

    private void remove(Lane lane) {
        lane.isGone = true;
        lanes.remove(lane);
        if (lane.stage != null) {
            around.timer().clear(lane.stage);
        }
        pool.close(lane.number, now());
        arm();
    }

    private void release(Placed placed) {
        asked++;
        around.bus()
                .ask(Compute.RELEASE, new ReleaseGang(placed.placementId()), Call.platform(ASK))
                .onComplete(answered -> asked--)
                .onFailure(failure -> LOG.warn(
                        "placement {} of model {} was not released: {}",
                        placed.placementId(),
                        spec.name(),
                        failure.getMessage()));
    }

    DeploymentStatus status() {
        long now = now();
        return new DeploymentStatus(
                spec.name(),
                spec.version(),
                GatewayStatus.Backend.SIMULATED,
                lanes.size() - count(ReplicaState.READY),
                count(ReplicaState.READY),
                0,
                wanted(),
                pool.running(),
                pool.waiting(),
                requests,
                promptTokens,
                completionTokens,
                (int) lanes.stream().filter(lane -> lane.placed != null).count(),
                0,
                lanes.size() < wanted() ? trouble : "",
                "first-come",
                "queue:" + PER_REPLICA,
                cold,
                hot,
                crashes,
                lanes.stream().map(lane -> status(lane, now)).toList());
    }

    private ReplicaStatus status(Lane lane, long nowNanos) {
        Placed placed = lane.placed;
        var devices = placed == null ? List.<DeviceRef>of() : placed.devices();
        return new ReplicaStatus(
                lane.name,
                lane.state,
                TimeUnit.NANOSECONDS.toMillis(nowNanos - lane.sinceNanos),
                devices.isEmpty() ? "" : devices.getFirst().node(),
                placed == null || devices.isEmpty() ? "" : placed.accelerator().id(),
                devices.size(),
                pool.isFree(lane.number) ? 0 : 1,
                0,
                0,
                0,
                0,
                lane.startsHot,
                "CLOSED",
                "NONE");
    }

    private int count(ReplicaState state) {
        return (int) lanes.stream().filter(lane -> lane.state == state).count();
    }

    private long shortened(long nanosInLife) {
        return (long) (nanosInLife * around.config().replicas().startShare());
    }

    private long now() {
        return around.clock().nanos();
    }

    private long realNow() {
        return around.clock().real().getAsLong();
    }
}
