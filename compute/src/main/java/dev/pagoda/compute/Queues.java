package dev.pagoda.compute;

import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import java.util.ArrayList;
import java.util.List;

/// The tenant tree that a platform begins with: replicas of models own the whole fleet and lend what they do not
/// use; each tenant's queue borrows it, in fair shares, and gives it back when replicas want it.
final class Queues {
    static final String COHORT = "platform";

    private Queues() {}

    static QuotaPlan initial() {
        return new QuotaPlan(
                List.of(CohortSpec.root(COHORT)),
                List.of(new QueueSpec(
                        ServingJobs.QUEUE,
                        COHORT,
                        1,
                        List.of(new Quota(Quota.UNITS, Quota.MAX_MILLI / 1_000, null, null)),
                        new PreemptionRules(
                                PreemptionRules.WithinQueue.NEVER,
                                PreemptionRules.Reclaim.ANY,
                                PreemptionRules.Borrow.NEVER,
                                null))));
    }

    static boolean has(QuotaPlan plan, String queue) {
        return plan.queues().stream().anyMatch(each -> each.name().equals(queue));
    }

    /// The same with a queue that owns nothing and borrows from the platform's cohort, where that is still there.
    static QuotaPlan with(QuotaPlan plan, String queue) {
        boolean lends = plan.cohorts().stream().anyMatch(each -> each.name().equals(COHORT));
        List<QueueSpec> queues = new ArrayList<>(plan.queues());
        queues.add(new QueueSpec(
                queue,
                lends ? COHORT : null,
                1,
                List.of(new Quota(Quota.UNITS, 0, null, null)),
                PreemptionRules.defaults()));
        return new QuotaPlan(plan.cohorts(), queues);
    }
}
