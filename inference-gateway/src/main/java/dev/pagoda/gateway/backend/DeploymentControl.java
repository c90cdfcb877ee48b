package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;

/// What an administrator may do to simulated deployments while they serve.
///
/// Deployments are named by their model, or by model and version as `model:version`. Fails with `NOT_FOUND` when there
/// is no such deployment or replica, `CONFLICT` when the replica is in no state for it. Safe from any thread.
public final class DeploymentControl {
    private static final int DEEPEST_SLEEP = 2;

    private final Deployments deployments;

    public DeploymentControl(Deployments deployments) {
        this.deployments = deployments;
    }

    /// What a deployment does, and what befalls its requests.
    public record Deployed(DeploymentStatus deployment, FaultPlan faults) {}

    /// Everything at once.
    public Future<GatewayStatus> status() {
        return deployments.status();
    }

    public Future<Deployed> find(String name) {
        return deployments.at(name, deployment -> {});
    }

    /// Ends a replica as if its process had died; others go on with what it had.
    public Future<Deployed> crash(String name, String replica) {
        return deployments.at(name, deployment -> {
            Replica found = deployment.commands().find(replica);
            require(found.isPlaced(), found, "has no devices yet");
            deployment.commands().crash(found);
        });
    }

    /// Has a replica finish what it has, and give its devices back.
    public Future<Deployed> drain(String name, String replica) {
        return deployments.at(
                name,
                deployment ->
                        deployment.commands().dismiss(deployment.commands().find(replica)));
    }

    /// Has a replica finish what it has, and sleep with its devices held, as vLLM does on `/sleep`.
    ///
    /// @param level 1 keeps the weights in the host's memory, 2 drops them
    public Future<Deployed> sleep(String name, String replica, int level) {
        if (level < 1 || level > DEEPEST_SLEEP) {
            return Future.failedFuture(
                    new Refused(Reason.INVALID, "invalid_level", "level " + level + " is neither 1 nor 2"));
        }
        return deployments.at(name, deployment -> {
            Replica found = deployment.commands().find(replica);
            require(deployment.commands().sleep(found, level), found, "is not ready");
        });
    }

    /// Has a sleeping replica take its weights again, as vLLM does on `/wake_up`.
    public Future<Deployed> wake(String name, String replica) {
        return deployments.at(name, deployment -> {
            Replica found = deployment.commands().find(replica);
            require(deployment.commands().wake(found), found, "does not sleep");
        });
    }

    /// Makes something be wrong with a replica: `refuse` every request, `stall` on all, or `none`.
    public Future<Deployed> fault(String name, String replica, String kind) {
        Replica.Fault fault;
        try {
            fault = Replica.Fault.valueOf(kind.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            return Future.failedFuture(
                    new Refused(Reason.INVALID, "invalid_fault", "kind '" + kind + "' is none of none, refuse, stall"));
        }
        return deployments.at(
                name,
                deployment -> deployment.commands().fault(deployment.commands().find(replica), fault));
    }

    /// As the other, until others are set.
    public Future<Deployed> faults(String name, List<FaultPlan.Rule> rules, long seed) {
        return faults(name, rules, seed, 0);
    }

    /// Makes things befall the requests of a deployment, instead of what was set before.
    ///
    /// @param forSeconds how long, 0: until others are set
    public Future<Deployed> faults(String name, List<FaultPlan.Rule> rules, long seed, int forSeconds) {
        FaultPlan plan;
        try {
            plan = new FaultPlan(rules, seed, forSeconds);
        } catch (IllegalArgumentException wrong) {
            return Future.failedFuture(
                    new Refused(Reason.INVALID, "invalid_faults", String.valueOf(wrong.getMessage())));
        }
        return deployments.at(name, deployment -> deployment.faults().follow(plan));
    }

    private static void require(boolean holds, Replica replica, String otherwise) {
        if (!holds) {
            throw new Refused(
                    Reason.CONFLICT,
                    "replica_state",
                    "replica " + replica.name + " " + otherwise + ": it is "
                            + replica.state().name().toLowerCase(Locale.ROOT));
        }
    }
}
