package dev.pagoda.workflow.rag;

/// How far an ingestion has come.
///
/// @param documents documents it has to read
/// @param done      documents read so far, whatever came of them
/// @param chunks    passages stored so far
public record IngestProgress(int documents, int done, int failed, int chunks) {}
