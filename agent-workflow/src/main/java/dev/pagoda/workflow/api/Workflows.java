package dev.pagoda.workflow.api;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Port;

/// Ports of knowledge bases and workflows. Everything belongs to the tenant of the call.
///
/// Refusals: `knowledge_base_not_found`, `workflow_not_found`, `invalid_input`, `ingest_running` (409),
/// `too_many_runs` and `too_many_ingests` (429).
public final class Workflows {
    /// Takes documents into a knowledge base; answered when they can be found.
    public static final Port<IngestDocuments, IngestReport> INGEST =
            Port.of("workflow.ingest", IngestDocuments.class, IngestReport.class);

    /// Finds the passages of a knowledge base that fit a question.
    public static final Port<SearchKnowledge, Passages> SEARCH =
            Port.of("workflow.search", SearchKnowledge.class, Passages.class);

    /// Runs a workflow to its end.
    public static final Port<RunWorkflow, RunReport> RUN = Port.of("workflow.run", RunWorkflow.class, RunReport.class);

    /// What this module holds and does now.
    public static final Port<StatusQuery, WorkflowStatus> STATUS =
            Port.of("workflow.status", StatusQuery.class, WorkflowStatus.class);

    private Workflows() {}
}
