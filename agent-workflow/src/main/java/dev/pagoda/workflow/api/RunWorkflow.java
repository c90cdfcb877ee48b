package dev.pagoda.workflow.api;

/// Asks to run a workflow on a question over a knowledge base.
///
/// @param workflow name of the workflow, `customer-service`
public record RunWorkflow(String workflow, String knowledgeBase, String query) {}
