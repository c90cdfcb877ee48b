package dev.pagoda.compute;

import dev.pagoda.compute.api.DeviceActivity;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How busy jobs keep their devices: those with work to do all the time, engines as they tell, notebooks not at
/// all. Safe from any thread.
final class Activity {
    private volatile Map<String, Double> busy = Map.of();

    /// The part of the time, 0 to 1.
    double of(String job) {
        return busy.getOrDefault(job, 0.0);
    }

    /// Takes in which jobs run now.
    synchronized void jobs(List<JobView> jobs) {
        Map<String, Double> next = new HashMap<>();
        for (JobView job : jobs) {
            if (job.phase() == JobPhase.RUNNING) {
                String id = job.spec().id();
                next.put(id, work(job.spec().kind(), busy.getOrDefault(id, 0.0)));
            }
        }
        busy = Map.copyOf(next);
    }

    private static double work(JobKind kind, double told) {
        return switch (kind) {
            case TRAINING, BATCH -> 1;
            case SERVING -> told;
            case NOTEBOOK -> 0;
        };
    }

    /// Takes in what engines tell; of jobs that do not run it means nothing.
    synchronized void told(DeviceActivity news) {
        Map<String, Double> next = new HashMap<>(busy);
        news.busy().forEach((job, share) -> next.computeIfPresent(job, (id, before) -> share));
        busy = Map.copyOf(next);
    }
}
