package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.registry.api.ModelVersion;

/// Why a deployment does not take a chat, or ends it, in words for its client.
final class ChatRefusals {
    private static final int UNAVAILABLE_RETRY_SECONDS = 5;
    private static final int BROKEN_RETRY_SECONDS = 30;

    private ChatRefusals() {}

    static Refusal retired(ModelVersion version) {
        return Refusal.of(Reason.NOT_FOUND, "model_not_found", "model " + version.reference() + " is served no more");
    }

    static Refusal noReplica(ModelVersion version, String trouble) {
        return new Refusal(
                Reason.UNAVAILABLE,
                "no_replica",
                "model " + version.model() + " has no replica now: " + trouble,
                UNAVAILABLE_RETRY_SECONDS);
    }

    static Refusal failing(ModelVersion version) {
        return new Refusal(
                Reason.UNAVAILABLE,
                "replicas_failing",
                "every replica of model " + version.model() + " has failed repeatedly",
                BROKEN_RETRY_SECONDS);
    }

    static Refusal full(ModelVersion version, int waiting, int most, int retrySeconds) {
        return new Refusal(
                Reason.EXHAUSTED,
                "queue_full",
                "model " + version.model() + " is overloaded: " + waiting + " requests wait, at most " + most + " may",
                retrySeconds);
    }

    static Refusal shed(ModelVersion version, int retrySeconds) {
        return new Refusal(
                Reason.EXHAUSTED,
                "shed",
                "model " + version.model() + " is overloaded, and requests that are due more came",
                retrySeconds);
    }

    static Refusal untaken() {
        return Refusal.of(Reason.UNAVAILABLE, "replica_unavailable", "no replica took the request");
    }

    static Refusal lateInQueue() {
        return late("no replica was free before the request's deadline");
    }

    static Refusal lateAtWork() {
        return late("the answer was not complete at the request's deadline");
    }

    private static Refusal late(String message) {
        return Refusal.of(Reason.DEADLINE, "deadline_exceeded", message);
    }

    /// Of a replica's engine.
    static Refusal of(Admission.Why why, ModelVersion version, SimulatedReplica replica) {
        return switch (why) {
            case KV_EXCEEDED ->
                Refusal.of(
                        Reason.UNPROCESSABLE,
                        "kv_cache_exceeded",
                        "prompt and completion need more than the " + (long) replica.blocks() * KvCapacity.BLOCK_TOKENS
                                + " tokens that fit into the memory of a replica of " + version.model());
            case CONTEXT_EXCEEDED ->
                Refusal.of(
                        Reason.INVALID,
                        "context_length_exceeded",
                        "prompt and completion exceed the context of "
                                + version.architecture().context() + " tokens");
            case QUEUE_FULL, DRAINING ->
                Refusal.of(
                        Reason.UNAVAILABLE, "replica_unavailable", "replica " + replica.name() + " takes nothing now");
        };
    }
}
