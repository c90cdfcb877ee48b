package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.FindLink;
import dev.pagoda.compute.api.LinkBetween;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.KvTransfers;
import dev.pagoda.gateway.engine.KvTransfers.Move;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The replicas of a deployment that only read prompts, and what they have read on its way to those that go on: the
/// keys and values that the next replica does not have cross the link between the two, and there the prompt counts
/// as read. Who is lost on the way, or loses its replica, is read again.
///
/// Belongs to the deployments' context.
final class PrefillStage implements ReplicaSet.Owner {
    /// The deployment behind it.
    interface Next {
        /// Refuses a job for good.
        void refuse(ChatJob job, Admission.Why why, SimulatedReplica replica);

        /// A job has to be read once more, before all who wait.
        void again(ChatJob job);

        /// Something has changed that those who wait may like.
        void onReady();

        /// An engine's turn is over.
        void onProgress();
    }

    /// Where compute knows no link: a network card of 400 Gbit/s, as studies have it.
    private static final LinkBetween UNKNOWN = new LinkBetween("unknown", 50e9, 0);

    /// Setting a transfer up.
    private static final long LATENCY_NANOS = Duration.ofNanos(50_000).toNanos();

    private static final Duration ASK = Duration.ofSeconds(5);

    private final DeploymentSurroundings around;
    private final Next next;
    private final JobRouting readRouting;
    private final JobRouting goOnRouting;
    private final ReplicaSet readers;
    private final ReplicaSet others;
    private final KvTransfers<Parcel> transfers = new KvTransfers<>(LATENCY_NANOS);
    /// Read, but nobody has room to go on.
    private final ArrayDeque<Move<Parcel>> parked = new ArrayDeque<>();

    private final Map<Long, Integer> promised = new HashMap<>();
    private final StepWheel.Entry timer;
    private boolean isClosed;

    /// A job on its way.
    private static final class Parcel {
        final ChatJob job;
        final SimulatedReplica from;

        @Nullable
        SimulatedReplica to;

        int tokens;
        int sequences;
        double bytes;
        long nanos;

        Parcel(ChatJob job, SimulatedReplica from) {
            this.job = job;
            this.from = from;
        }
    }

    /// @param readRouting finds who reads
    /// @param others      who go on
    PrefillStage(
            DeploymentSurroundings around, Next next, JobRouting readRouting, ReplicaSet others, ModelVersion version) {
        this.around = around;
        this.next = next;
        this.readRouting = readRouting;
        this.goOnRouting = new JobRouting(around.config().replicas(), around.clock());
        this.goOnRouting.follow(Routing.LEAST_KV);
        this.others = others;
        this.readers = new ReplicaSet(around, this, version, "prefill-");
        this.timer = new StepWheel.Entry() {
            @Override
            void due() {
                advance();
            }
        };
    }

    ReplicaSet readers() {
        return readers;
    }

    /// How those who go on are found.
    JobRouting routing() {
        return goOnRouting;
    }

    /// Looks whether there is room now for those that are read.
    void pump() {
        for (int i = parked.size(); i > 0; i--) {
            hand(parked.removeFirst());
        }
        arm();
    }

    private void advance() {
        long now = around.clock().nanos();
        for (var move = transfers.next(now); move.isPresent(); move = transfers.next(now)) {
            if (move.get().hasMoved()) {
                arrived(move.get().owner());
            } else {
                hand(move.get());
            }
        }
        arm();
        next.onProgress();
    }

    private void arm() {
        if (!isClosed) {
            transfers.dueNanos().ifPresent(due -> around.timer().set(timer, due));
        }
    }

    /// A prompt has been read: finds who goes on, and sends what it lacks.
    private void hand(Move<Parcel> read) {
        Parcel parcel = read.owner();
        ChatJob job = parcel.job;
        if (job.isOver) {
            return;
        }
        if (isGone(readers, parcel.from)) {
            next.again(job);
            return;
        }
        int sequences = job.open().size();
        List<SimulatedReplica> takers = others.takers(sequences);
        takers.removeIf(taker -> !taker.hasRoom(sequences + promised.getOrDefault(taker.id(), 0)));
        if (takers.isEmpty()) {
            parked.addLast(read);
            return;
        }
        Choice choice = goOnRouting.pick(takers, job);
        SimulatedReplica taker = takers.get(choice.index());
        others.find(taker).ifPresent(replica -> goOnRouting.sent(job, choice, replica));
        parcel.to = taker;
        parcel.sequences = sequences;
        parcel.tokens = Math.max(0, job.promptTokens() - taker.cachedTokens(job.prompt()));
        parcel.bytes = parcel.tokens * taker.kvBytesPerToken();
        promised.merge(taker.id(), sequences, Integer::sum);
        link(parcel.from, taker).onSuccess(link -> send(read, link));
    }

    private void send(Move<Parcel> read, LinkBetween link) {
        Parcel parcel = read.owner();
        long linkNanos = Math.round(link.latencySeconds() * 1e9);
        parcel.nanos =
                transfers.send(read, parcel.bytes, link.bytesPerSecond(), linkNanos, Math.max(read.atNanos(), now()));
        arm();
    }

    /// As compute has it at the time: nodes fail, and links are degraded and mended. Never fails.
    private Future<LinkBetween> link(SimulatedReplica from, SimulatedReplica to) {
        var ends = new FindLink(from.placed().placementId(), to.placed().placementId());
        return around.bus()
                .ask(Compute.LINK, ends, Call.platform(ASK))
                .recover(unknown -> Future.succeededFuture(UNKNOWN));
    }

    private void arrived(Parcel parcel) {
        ChatJob job = parcel.job;
        SimulatedReplica taker = parcel.to;
        if (taker == null) {
            throw new IllegalStateException("keys and values have arrived nowhere");
        }
        promised.computeIfPresent(
                taker.id(), (id, count) -> count > parcel.sequences ? count - parcel.sequences : null);
        if (job.isOver) {
            goOnRouting.abandoned(job, others, taker);
            return;
        }
        if (isGone(others, taker) || isGone(readers, parcel.from)) {
            taker.metrics().notReceived();
            goOnRouting.abandoned(job, others, taker);
            next.again(job);
            return;
        }
        taker.metrics().received(job.promptTokens(), parcel.tokens, parcel.nanos, LATENCY_NANOS, parcel.bytes);
        job.remoteTokens = job.promptTokens();
        Optional<Admission.Why> refusal = taker.accept(job);
        job.remoteTokens = 0;
        refusal.ifPresent(why -> {
            goOnRouting.abandoned(job, others, taker);
            next.refuse(job, why, taker);
        });
    }

    private static boolean isGone(ReplicaSet set, SimulatedReplica engine) {
        return set.find(engine).isEmpty();
    }

    /// Prompts that are read and not yet taken up.
    int underWay() {
        return parked.size() + promised.values().stream().mapToInt(each -> each).sum();
    }

    void close() {
        isClosed = true;
        readers.close();
        around.timer().clear(timer);
        parked.clear();
    }

    @Override
    public void onReady() {
        next.onReady();
    }

    @Override
    public void onGone(long replica, List<ChatJob> left) {
        readRouting.gone(replica, left);
        transfers.forget(replica);
        left.reversed().forEach(next::again);
    }

    /// A replica has read a prompt.
    @Override
    public void onDone(SimulatedReplica replica, ChatJob job, long atNanos) {
        readRouting.answered(job, readers, replica);
        transfers.read(new Parcel(job, replica), replica.id(), atNanos);
        arm();
    }

    @Override
    public void onProgress() {
        next.onProgress();
    }

    @Override
    public void onFirstToken(SimulatedReplica replica, ChatJob job, long atNanos) {
        throw new IllegalStateException("a replica that only reads made a token");
    }

    @Override
    public void onNextToken(long gapNanos) {
        throw new IllegalStateException("a replica that only reads made a token");
    }

    @Override
    public void onTrapped(SimulatedReplica replica, ChatJob job) {
        throw new IllegalStateException("a replica that only reads met a token's fault");
    }

    private long now() {
        return around.clock().nanos();
    }
}
