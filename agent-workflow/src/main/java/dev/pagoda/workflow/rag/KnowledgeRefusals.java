package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;

/// The expected refusals of knowledge bases.
public final class KnowledgeRefusals {
    private KnowledgeRefusals() {}

    /// What was asked for cannot be; `problem` says what would have been right.
    public static Refused invalid(String problem) {
        return new Refused(Reason.INVALID, "invalid_input", problem);
    }

    static Refused notFound(String name) {
        return new Refused(Reason.NOT_FOUND, "knowledge_base_not_found", "there is no knowledge base \"" + name + "\"");
    }

    static Refused exists(String name) {
        return new Refused(
                Reason.CONFLICT, "knowledge_base_exists", "there is a knowledge base \"" + name + "\" already");
    }

    static Refused tooMany(int max) {
        return new Refused(
                Reason.EXHAUSTED, "too_many_knowledge_bases", "the tenant has its " + max + " knowledge bases already");
    }

    static Refused ingestRunning(String name) {
        return new Refused(
                Reason.CONFLICT,
                "ingest_running",
                "an ingestion into \"" + name + "\" is under way; try again after it");
    }

    static Refused tooManyIngests(int max) {
        return new Refused(new Refusal(
                Reason.EXHAUSTED,
                "too_many_ingests",
                max + " ingestions are under way, no more are allowed at once",
                5));
    }
}
