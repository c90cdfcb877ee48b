package dev.pagoda.compute;

import dev.pagoda.compute.api.AskWhatIf;
import dev.pagoda.compute.api.CancelJob;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.ExplainJob;
import dev.pagoda.compute.api.Explanation;
import dev.pagoda.compute.api.Forecast;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.JobsReply;
import dev.pagoda.compute.api.ListJobs;
import dev.pagoda.compute.api.ListQueues;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.QueueView;
import dev.pagoda.compute.api.QueuesReply;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.SetQuotas;
import dev.pagoda.compute.api.SubmitJob;
import dev.pagoda.compute.api.TouchJob;
import dev.pagoda.compute.fleet.NearestName;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Jobs and queues for those who may: administrators see and change all, others what is in their tenant's
/// queue. On the scheduler's context.
final class JobDesk {
    private final Vertx vertx;
    private final LiveScheduler live;

    /// The last change of the tree that was asked for.
    private Future<?> turn = Future.succeededFuture();

    JobDesk(Vertx vertx, LiveScheduler live) {
        this.vertx = vertx;
        this.live = live;
    }

    void serve(Bus bus) {
        bus.serve(Compute.SUBMIT_JOB, this::submit);
        bus.serve(Compute.CANCEL_JOB, this::cancel);
        bus.serve(Compute.TOUCH_JOB, this::touch);
        bus.serve(Compute.JOB, (query, call) -> Future.succeededFuture(visible(query.id(), call)));
        bus.serve(Compute.JOBS, this::list);
        bus.serve(Compute.EXPLAIN_JOB, this::explain);
        bus.serve(Compute.WHAT_IF, this::whatIf);
        bus.serve(Compute.QUEUES, this::queues);
        bus.serve(Compute.SET_QUOTAS, this::setQuotas);
    }

    private Future<JobView> submit(SubmitJob query, Call call) {
        var spec = query.spec();
        Principal who = call.principal();
        if (!who.isAdmin() && (!spec.queue().equals(who.tenant()) || !spec.id().startsWith(who.tenant() + "."))) {
            throw new Refused(
                    Reason.FORBIDDEN,
                    "not_your_queue",
                    "jobs of tenant " + who.tenant() + " go to its own queue, and their ids begin with \""
                            + who.tenant() + ".\"");
        }
        if (!spec.task().profile().isEmpty() && spec.task().bytesPerDevice() > 0) {
            throw new Refused(
                    Reason.INVALID,
                    "invalid_job",
                    "job " + spec.id() + " asks for " + spec.task().bytesPerDevice() + " bytes of partition "
                            + spec.task().profile() + ", whose memory its maker fixed; leave the bytes out");
        }
        if (spec.queue().equals(ServingJobs.QUEUE)) {
            throw new Refused(
                    Reason.FORBIDDEN, "reserved_queue", "queue " + ServingJobs.QUEUE + " is for replicas of models");
        }
        Future<?> ready =
                spec.queue().equals(who.tenant()) ? inTurn(() -> open(spec.queue())) : Future.succeededFuture();
        return ready.compose(opened -> live.tell(new SchedulerEvent.Submit(spec)))
                .map(decisions -> {
                    for (JobDecision decision : decisions) {
                        if (decision.action() == JobDecision.Action.REJECTED
                                && decision.job().equals(spec.id())) {
                            throw new Refused(Reason.CONFLICT, "job_rejected", decision.because());
                        }
                    }
                    return find(spec.id());
                });
    }

    /// Changes the tree when the changes before have taken effect, since each is made of what it finds.
    private <T> Future<T> inTurn(Supplier<Future<T>> change) {
        Future<T> next = turn.transform(before -> change.get());
        turn = next;
        return next;
    }

    private Future<Boolean> open(String queue) {
        if (Queues.has(plan(), queue)) {
            return Future.succeededFuture(false);
        }
        QuotaPlan wider;
        try {
            wider = Queues.with(plan(), queue);
        } catch (IllegalArgumentException full) {
            return Future.failedFuture(
                    new Refused(Reason.EXHAUSTED, "too_many_queues", String.valueOf(full.getMessage())));
        }
        return live.tell(new SchedulerEvent.QuotaChanged(wider)).map(decisions -> true);
    }

    private Future<JobView> cancel(CancelJob query, Call call) {
        JobView job = visible(query.id(), call);
        return job.phase().isOver()
                ? Future.succeededFuture(job)
                : live.tell(new SchedulerEvent.Cancel(query.id())).map(decisions -> find(query.id()));
    }

    private Future<JobView> touch(TouchJob query, Call call) {
        visible(query.id(), call);
        return live.tell(new SchedulerEvent.Active(query.id())).map(decisions -> find(query.id()));
    }

    private Future<Explanation> explain(ExplainJob query, Call call) {
        JobView job = visible(query.id(), call);
        if (job.phase() != JobPhase.PENDING) {
            throw new Refused(
                    Reason.CONFLICT, "job_not_pending", "job " + query.id() + " is " + job.phase() + ", not PENDING");
        }
        // what is tried takes seconds on a large full fleet, and others want to be answered meanwhile
        Scheduler copy = scheduler().fork();
        return vertx.executeBlocking(() -> copy.explain(query.id()).orElseThrow(), false);
    }

    private Future<Forecast> whatIf(AskWhatIf query, Call call) {
        requireAdmin(call, "asking what changes to the fleet would do");
        live.look();
        Scheduler copy = scheduler().fork();
        return vertx.executeBlocking(
                () -> {
                    try {
                        return copy.whatIf(query.changes(), Math.round(query.horizonSeconds() * 1e6));
                    } catch (IllegalArgumentException wrong) {
                        throw new Refused(
                                Reason.UNPROCESSABLE, "impossible_change", String.valueOf(wrong.getMessage()));
                    }
                },
                false);
    }

    private Future<JobsReply> list(ListJobs query, Call call) {
        live.look();
        Stream<JobView> jobs = scheduler().jobs().stream()
                .filter(job -> isVisible(job, call.principal()))
                .filter(job -> query.phase() == null || job.phase() == query.phase())
                .filter(job -> query.queue() == null || job.spec().queue().equals(query.queue()));
        List<JobView> page = new ArrayList<>();
        boolean begun = query.after() == null;
        for (JobView job : jobs.toList()) {
            if (begun) {
                page.add(job);
                if (page.size() > query.limit()) {
                    break;
                }
            } else {
                begun = job.spec().id().equals(query.after());
            }
        }
        boolean isMore = page.size() > query.limit();
        List<JobView> shown = isMore ? page.subList(0, query.limit()) : page;
        return Future.succeededFuture(
                new JobsReply(shown, isMore ? shown.getLast().spec().id() : null));
    }

    private Future<QueuesReply> queues(ListQueues query, Call call) {
        live.look();
        return Future.succeededFuture(reply(call.principal()));
    }

    private QueuesReply reply(Principal who) {
        QuotaPlan plan = plan();
        List<QueueView> views = scheduler().queues();
        if (who.isAdmin()) {
            return new QueuesReply(plan, views);
        }
        List<QueueSpec> own = plan.queues().stream()
                .filter(queue -> queue.name().equals(who.tenant()))
                .toList();
        return own.isEmpty()
                ? new QueuesReply(QuotaPlan.unlimited(who.tenant()), List.of())
                : new QueuesReply(
                        new QuotaPlan(List.of(), own),
                        views.stream()
                                .filter(view -> view.name().equals(who.tenant()))
                                .toList());
    }

    private Future<QueuesReply> setQuotas(SetQuotas query, Call call) {
        requireAdmin(call, "changing quotas");
        if (!Queues.has(query.plan(), ServingJobs.QUEUE)) {
            throw new Refused(
                    Reason.UNPROCESSABLE,
                    "serving_queue_missing",
                    "the plan has no queue " + ServingJobs.QUEUE + ", which replicas of models need");
        }
        return inTurn(() -> live.tell(new SchedulerEvent.QuotaChanged(query.plan())))
                .map(decisions -> reply(call.principal()));
    }

    /// A job whose existence the caller may know.
    private JobView visible(String id, Call call) {
        live.look();
        return scheduler()
                .job(id)
                .filter(job -> isVisible(job, call.principal()))
                .orElseThrow(() -> notFound(id, call.principal()));
    }

    private JobView find(String id) {
        return scheduler()
                .job(id)
                .orElseThrow(() -> new Refused(Reason.NOT_FOUND, "job_not_found", "there is no job " + id));
    }

    private Refused notFound(String id, Principal who) {
        List<String> ids = scheduler().jobs().stream()
                .filter(job -> isVisible(job, who))
                .map(job -> job.spec().id())
                .limit(1_000)
                .toList();
        String nearest =
                NearestName.of(id, ids).map(name -> "; the nearest is " + name).orElse("");
        return new Refused(Reason.NOT_FOUND, "job_not_found", "there is no job " + id + nearest);
    }

    static void requireAdmin(Call call, String what) {
        if (!call.principal().isAdmin()) {
            throw new Refused(Reason.FORBIDDEN, "admin_only", what + " needs an administrator");
        }
    }

    static boolean isVisible(JobView job, Principal who) {
        return who.isAdmin() || job.spec().queue().equals(who.tenant());
    }

    private QuotaPlan plan() {
        return scheduler().quotas();
    }

    private Scheduler scheduler() {
        return live.scheduler();
    }
}
