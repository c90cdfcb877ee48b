package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;

/// What is done to single replicas of a deployment by command.
///
/// Belongs to the deployments' context.
///
/// @param reference of the deployment's version, with its model
/// @param changed   runs after each command, so that others take over
record ReplicaCommands(String reference, ReplicaKinds kinds, Runnable changed) {
    /// @throws Refused if there is none of this name
    Replica find(String name) {
        return kinds.find(name)
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND, "replica_not_found", "model " + reference + " has no replica " + name));
    }

    /// Ends a replica as if its process had died.
    void crash(Replica replica) {
        kinds.of(replica).crash(replica, "is made to crash");
        changed.run();
    }

    /// Has a replica finish what it has, and go.
    void dismiss(Replica replica) {
        kinds.of(replica).dismiss(replica);
        changed.run();
    }

    /// Has a replica finish what it has, and sleep.
    ///
    /// @return false when it is not awake
    boolean sleep(Replica replica, int level) {
        boolean slept = kinds.of(replica).sleep(replica, level);
        changed.run();
        return slept;
    }

    /// @return false when it does not sleep
    boolean wake(Replica replica) {
        boolean woke = kinds.of(replica).wake(replica);
        changed.run();
        return woke;
    }

    void fault(Replica replica, Replica.Fault fault) {
        kinds.of(replica).fault(replica, fault);
        changed.run();
    }
}
