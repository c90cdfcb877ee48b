package dev.pagoda.workflow.run;

import dev.pagoda.workflow.api.RunReport;
import io.vertx.core.Future;

/// A run that has begun.
public interface ActiveRun {

    String id();

    /// Completes when the run has ended and its history is on disk, however it ended.
    Future<RunReport> done();

    /// Ends the run; steps under way are not waited for. Does nothing after its end.
    void stop(String reason);
}
