package dev.pagoda.compute.sim;

/// First come, first served, without regard to how fast a device is: who comes takes the first pool of the
/// cluster that has room, and keeps it to the end; who does not fit keeps all behind it waiting.
final class FifoPolicy implements JobPolicy {
    @Override
    public void decide(View view, Plan plan) {
        plan.keep(view.jobs());
        for (JobState job : view.jobs()) {
            if (!plan.has(job)) {
                int pool = plan.firstFitting(job);
                if (pool < 0) {
                    return;
                }
                plan.run(job, pool);
            }
        }
    }
}
