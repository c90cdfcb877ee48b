package dev.pagoda.compute.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;

/// Something an operator could do, to be tried on a copy of the state.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Change.Wait.class, name = "wait"),
    @JsonSubTypes.Type(value = Change.AddNodes.class, name = "add_nodes"),
    @JsonSubTypes.Type(value = Change.RaiseQuota.class, name = "raise_quota"),
    @JsonSubTypes.Type(value = Change.ReplaceQuotas.class, name = "replace_quotas"),
    @JsonSubTypes.Type(value = Change.FailNode.class, name = "fail_node"),
    @JsonSubTypes.Type(value = Change.FailRack.class, name = "fail_rack"),
    @JsonSubTypes.Type(value = Change.RepairNode.class, name = "repair_node"),
    @JsonSubTypes.Type(value = Change.CancelJob.class, name = "cancel_job"),
    @JsonSubTypes.Type(value = Change.MoveJobs.class, name = "move_jobs"),
    @JsonSubTypes.Type(value = Change.Divide.class, name = "divide"),
    @JsonSubTypes.Type(value = Change.PlaceBy.class, name = "place_by"),
    @JsonSubTypes.Type(value = Change.LowerMinimum.class, name = "lower_minimum")
})
public sealed interface Change {
    /// Lets time pass.
    record Wait() implements Change {}

    /// Buys machines.
    record AddNodes(int count, NodeShape shape) implements Change {
        static final int MAX_COUNT = 65_536;

        public AddNodes {
            Objects.requireNonNull(shape, "shape");
            if (count < 1 || count > MAX_COUNT) {
                throw new IllegalArgumentException(count + " more nodes are outside 1 to " + MAX_COUNT);
            }
        }
    }

    /// Gives a queue more of a flavor.
    record RaiseQuota(String queue, String flavor, long byMilli) implements Change {
        public RaiseQuota {
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(flavor, "flavor");
            if (byMilli < 1 || byMilli > Quota.MAX_MILLI) {
                throw new IllegalArgumentException(
                        "raising a quota by " + byMilli + " thousandths is outside 1 to " + Quota.MAX_MILLI);
            }
        }
    }

    /// Replaces the tenant tree.
    record ReplaceQuotas(QuotaPlan plan) implements Change {
        public ReplaceQuotas {
            Objects.requireNonNull(plan, "plan");
        }
    }

    /// Takes a node down.
    record FailNode(String node) implements Change {
        public FailNode {
            Objects.requireNonNull(node, "node");
        }
    }

    /// Takes all nodes of a rack down.
    record FailRack(String rack) implements Change {
        public FailRack {
            Objects.requireNonNull(rack, "rack");
        }
    }

    /// Brings a node back, with all its devices.
    record RepairNode(String node) implements Change {
        public RepairNode {
            Objects.requireNonNull(node, "node");
        }
    }

    /// Stops a job.
    record CancelJob(String job) implements Change {
        public CancelJob {
            Objects.requireNonNull(job, "job");
        }
    }

    /// Moves running jobs to other places so that another one fits.
    record MoveJobs(String forJob) implements Change {
        public MoveJobs {
            Objects.requireNonNull(forJob, "forJob");
        }
    }

    /// Brings a device into another partition mode.
    record Divide(String node, int device, String mode) implements Change {
        public Divide {
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(mode, "mode");
        }
    }

    /// Places by another policy from now on.
    ///
    /// @param name of a placement policy, such as `fgd` or `spread`
    record PlaceBy(String name) implements Change {
        public PlaceBy {
            Objects.requireNonNull(name, "name");
        }
    }

    /// Lets a job start with fewer tasks.
    record LowerMinimum(String job, int min) implements Change {
        public LowerMinimum {
            Objects.requireNonNull(job, "job");
            if (min < 1) {
                throw new IllegalArgumentException("a gang of " + min + " tasks is below 1");
            }
        }
    }
}
