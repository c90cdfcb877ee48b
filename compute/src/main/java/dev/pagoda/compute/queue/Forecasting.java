package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.Forecast;
import dev.pagoda.compute.api.Forecast.JobForecast;
import dev.pagoda.compute.api.Forecast.Summary;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Follows the future of a scheduler with and without some changes, on two forks.
final class Forecasting {
    /// Moments at which something ends or is decided; above it the later starts are left out.
    private static final int MAX_STEPS = 5_000;

    private final Scheduler scheduler;
    private final long untilMicros;

    private Forecasting(Scheduler scheduler, long untilMicros) {
        this.scheduler = scheduler;
        this.untilMicros = untilMicros;
    }

    static Forecast of(Scheduler scheduler, List<Change> changes, long horizonMicros) {
        long now = scheduler.nowMicros();
        return new Forecasting(scheduler, now + horizonMicros).forecast(changes);
    }

    /// When jobs start, and which lose their place at once.
    private record Future(Map<String, Long> starts, Set<String> stopped, boolean isWhole) {}

    private Forecast forecast(List<Change> changes) {
        Future without = follow(Changes.applied(scheduler, List.of()));
        Future with = follow(Changes.applied(scheduler, changes));
        long now = scheduler.nowMicros();
        List<Job> jobs = new ArrayList<>(scheduler.state().pending.values());
        scheduler.state().running.values().stream()
                .filter(job -> with.stopped.contains(job.id()))
                .forEach(jobs::add);
        jobs.sort(Comparator.comparingLong((Job job) -> job.submittedMicros).thenComparingLong(job -> job.sequence));
        List<JobForecast> forecasts = jobs.stream()
                .map(job -> new JobForecast(
                        job.id(),
                        job.isRunning(),
                        job.isRunning() ? Long.valueOf(now) : without.starts.get(job.id()),
                        with.starts.get(job.id())))
                .toList();
        return new Forecast(
                now, untilMicros, without.isWhole && with.isWhole, forecasts, summary(forecasts, with.stopped.size()));
    }

    private Future follow(Scheduler fork) {
        Map<String, Long> starts = new HashMap<>();
        Set<String> stopped = new HashSet<>();
        for (JobDecision each : fork.state().decisions) {
            if (each.action() == Action.PREEMPTED || each.action() == Action.REQUEUED) {
                stopped.add(each.job());
            }
            note(each, starts);
        }
        for (int step = 0; step < MAX_STEPS; step++) {
            long next = fork.nextMicros();
            if (next > untilMicros) {
                return new Future(starts, stopped, true);
            }
            fork.apply(new SchedulerEvent.Tick(), next).forEach(each -> note(each, starts));
        }
        return new Future(starts, stopped, false);
    }

    private static void note(JobDecision decision, Map<String, Long> starts) {
        if (decision.action() == Action.STARTED) {
            starts.putIfAbsent(decision.job(), decision.atMicros());
        } else if (decision.action() == Action.PREEMPTED) {
            // Who starts and gives way at one moment has not started.
            starts.remove(decision.job(), decision.atMicros());
        }
    }

    private Summary summary(List<JobForecast> forecasts, int stopped) {
        long now = scheduler.nowMicros();
        int pending = 0;
        int startNow = 0;
        int wouldStartNow = 0;
        int earlier = 0;
        int later = 0;
        for (JobForecast each : forecasts) {
            if (each.isRunning()) {
                continue;
            }
            pending++;
            long before = orNever(each.startsMicros());
            long after = orNever(each.wouldStartMicros());
            startNow += before == now ? 1 : 0;
            wouldStartNow += after == now ? 1 : 0;
            earlier += after < before ? 1 : 0;
            later += after > before ? 1 : 0;
        }
        return new Summary(pending, startNow, wouldStartNow, earlier, later, stopped);
    }

    private static long orNever(@Nullable Long micros) {
        return micros == null ? Job.NEVER : micros;
    }
}
