package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/// Jobs that arrive at a cluster and run to their end under a policy, in virtual time.
///
/// With rounds, a policy decides at the beginning of each and devices of a job that ends lie idle until the
/// next, as in Gavel; an idle cluster begins a round when a job arrives. Without, it decides whenever a job
/// arrives or ends, and when it asked to. A job keeps its devices while its pool stays the same; when it starts
/// again after it was taken off, it first restores its state, which holds the devices and gets nothing done.
public final class JobStudy {
    /// How decisions are made and what they cost.
    ///
    /// @param roundNanos   length of a round, 0 for none
    /// @param restoreNanos what it takes to start again, with what was lost since the last checkpoint
    public record Setting(long roundNanos, long restoreNanos) {
        public Setting {
            if (roundNanos < 0 || restoreNanos < 0) {
                throw new IllegalArgumentException(
                        "a round of " + roundNanos + " ns, a restore of " + restoreNanos + " ns: neither is negative");
            }
        }
    }

    private sealed interface Event {
        /// The next of the jobs in the order of arrival comes.
        record Arrival(int job) implements Event {}

        record End(JobState job, int run) implements Event {}

        record Decision(long number) implements Event {}
    }

    private final ClusterShape cluster;
    private final List<JobSpec> specs;
    private final Setting setting;
    private final JobPolicy policy;
    private final VirtualClock clock = new VirtualClock();
    private final EventQueue<Event> events = new EventQueue<>(clock);
    private final List<Devices> pools;
    private final List<JobState> active = new ArrayList<>();
    private final Plan plan;
    private final JobRecords records;

    private long roundsFrom;
    private boolean haveChanged;
    private long decisions;
    /// The number of the decision that is due next; others are void.
    private long dueNumber = -1;
    private long dueNanos = Long.MAX_VALUE;

    /// @param specs in the order of arrival; each must fit a pool that can run it
    public JobStudy(ClusterShape cluster, List<JobSpec> specs, Setting setting, JobPolicy policy) {
        this.cluster = cluster;
        this.specs = List.copyOf(specs);
        this.setting = setting;
        this.policy = policy;
        this.pools = cluster.pools().stream().map(Devices::new).toList();
        this.plan = new Plan(cluster, specs.size());
        this.records = new JobRecords(cluster, this.specs);
        for (int i = 0; i < specs.size(); i++) {
            JobSpec spec = specs.get(i);
            JobState job = new JobState(i, spec);
            if (i > 0 && spec.arrivalNanos() < specs.get(i - 1).arrivalNanos()) {
                throw new IllegalArgumentException("job " + spec.name() + " is not in the order of arrival");
            }
            if (spec.rate().length != pools.size() || plan.fastestFitting(job) < 0) {
                throw new IllegalArgumentException("job " + spec.name() + " can run nowhere in the cluster");
            }
        }
        if (!specs.isEmpty()) {
            events.schedule(specs.getFirst().arrivalNanos(), new Event.Arrival(0));
        }
    }

    /// Runs to the end of the last job.
    ///
    /// @param progress told the share of jobs that are done, now and then
    public JobReport run(DoubleConsumer progress) {
        int done = 0;
        while (!events.isEmpty()) {
            long now = events.nextNanos();
            boolean isDue = false;
            while (events.nextNanos() == now) {
                switch (events.take()) {
                    case Event.Arrival(int job) -> arrive(job);
                    case Event.End(JobState job, int run) -> {
                        if (job.run() == run && job.isRunning()) {
                            end(job);
                            if (++done % 64 == 0) {
                                progress.accept((double) done / specs.size());
                            }
                        }
                    }
                    case Event.Decision(long number) -> isDue |= number == dueNumber;
                }
            }
            if (isDue || (haveChanged && isBoundary(now))) {
                decide(now);
            } else if (haveChanged) {
                decideAt(nextBoundary(now));
            }
        }
        if (done != specs.size()) {
            throw new IllegalStateException((specs.size() - done) + " jobs never ended under this policy");
        }
        progress.accept(1);
        return records.report();
    }

    private void arrive(int index) {
        if (index + 1 < specs.size()) {
            events.schedule(specs.get(index + 1).arrivalNanos(), new Event.Arrival(index + 1));
        }
        if (active.isEmpty()) {
            roundsFrom = clock.nanos();
            dueNumber = -1;
            dueNanos = Long.MAX_VALUE;
        }
        active.add(new JobState(index, specs.get(index)));
        haveChanged = true;
        records.active(clock.nanos(), active.size());
    }

    private void end(JobState job) {
        long now = clock.nanos();
        release(job, false);
        active.remove(job);
        haveChanged = true;
        records.active(now, active.size());
        records.done(now, job);
    }

    private void decide(long now) {
        dueNumber = -1;
        dueNanos = Long.MAX_VALUE;
        if (active.isEmpty()) {
            haveChanged = false;
            return;
        }
        var view = new JobPolicy.View(now, setting.roundNanos(), cluster, active, haveChanged);
        plan.clear();
        policy.decide(view, plan);
        haveChanged = false;
        carryOut(now);
        long next = policy.nextNanos(view);
        if (policy.takesTurns() && setting.roundNanos() > 0) {
            next = now + setting.roundNanos();
        }
        if (next != Long.MAX_VALUE) {
            decideAt(nextBoundary(Math.max(next - 1, now)));
        }
        // Ends after the next decision are looked at then: most runs of policies that take turns are cut short.
        for (JobState job : active) {
            if (job.isRunning() && job.endNanos() <= dueNanos && !job.foresee()) {
                events.schedule(job.endNanos(), new Event.End(job, job.run()));
            }
        }
    }

    private void carryOut(long now) {
        for (JobState job : active) {
            if (job.isRunning() && plan.poolOf(job) != job.pool()) {
                release(job, true);
            }
        }
        // The largest first: they need whole nodes.
        plan.chosen().stream()
                .filter(job -> !job.isRunning())
                .sorted(Comparator.comparingInt((JobState job) -> -job.spec().demandMilli())
                        .thenComparingInt(JobState::index))
                .forEach(job -> start(now, job));
    }

    private void start(long now, JobState job) {
        int pool = plan.poolOf(job);
        JobSpec spec = job.spec();
        // Shares may be left so that no single device holds another one; it waits for the next decision.
        Optional<int[]> devices = pools.get(pool).take(spec);
        if (devices.isPresent()) {
            boolean isSpread = pools.get(pool).isSpread(devices.get());
            double rate = isSpread && spec.spreadRate()[pool] > 0 ? spec.spreadRate()[pool] : spec.rate()[pool];
            job.start(now, pool, devices.get(), rate, setting.restoreNanos());
            records.started(now, job);
        }
    }

    private void release(JobState job, boolean isPreempted) {
        records.stopped(clock.nanos(), job);
        pools.get(job.pool()).free(job.devices(), job.spec().milli());
        job.stop(clock.nanos(), isPreempted);
    }

    private boolean isBoundary(long now) {
        return setting.roundNanos() == 0 || (now - roundsFrom) % setting.roundNanos() == 0;
    }

    /// The first time after `now` at which a decision may be made.
    private long nextBoundary(long now) {
        long round = setting.roundNanos();
        return round == 0 ? now + 1 : roundsFrom + ((now - roundsFrom) / round + 1) * round;
    }

    private void decideAt(long nanos) {
        if (nanos < dueNanos) {
            dueNanos = nanos;
            dueNumber = decisions++;
            events.schedule(nanos, new Event.Decision(dueNumber));
        }
    }
}
