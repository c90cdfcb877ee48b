package dev.pagoda.workflow.run;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.workflow.graph.Effect;
import dev.pagoda.workflow.graph.GraphEvent;
import dev.pagoda.workflow.graph.GraphEvent.WorkflowFinished;
import dev.pagoda.workflow.graph.GraphRun;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.node.NodeBehaviour;
import dev.pagoda.workflow.node.NodeTask;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drives one [GraphRun] on one Vert.x context: runs its nodes, keeps its deadlines, passes its events on.
///
/// Everything but [#stop] is called on that context, so the run needs no lock. Effects are queued and taken
/// one by one, because carrying one out may bring others.
final class GraphDriver {
    private static final Logger LOG = LoggerFactory.getLogger(GraphDriver.class);

    private final Context context;
    private final Vertx vertx;
    private final String runId;
    private final Map<String, NodeBehaviour> behaviours;
    private final GraphRun run;
    private final Call call;
    private final Consumer<GraphEvent> listener;
    private final Promise<WorkflowFinished> finished = Promise.promise();
    private final Deque<Effect> effects = new ArrayDeque<>();
    private boolean isDraining;
    private long timer = -1;

    GraphDriver(
            Context context,
            String runId,
            Map<String, NodeBehaviour> behaviours,
            GraphRun run,
            Call call,
            Consumer<GraphEvent> listener) {
        this.context = context;
        this.vertx = context.owner();
        this.runId = runId;
        this.behaviours = behaviours;
        this.run = run;
        this.call = call;
        this.listener = listener;
    }

    /// Begins the run; the future completes with its last event.
    Future<WorkflowFinished> start() {
        apply(run.start());
        return finished.future();
    }

    /// Safe from any thread.
    void stop(String reason) {
        context.runOnContext(_ -> apply(run.stop(reason, System.nanoTime())));
    }

    private void apply(List<Effect> more) {
        effects.addAll(more);
        if (isDraining) {
            return;
        }
        isDraining = true;
        try {
            for (var effect = effects.poll(); effect != null; effect = effects.poll()) {
                carryOut(effect);
            }
        } finally {
            isDraining = false;
        }
        keepDeadline();
    }

    private void carryOut(Effect effect) {
        switch (effect) {
            case Effect.Emit(var event) -> {
                listener.accept(event);
                if (event instanceof WorkflowFinished last) {
                    finished.complete(last);
                }
            }
            case Effect.Cancel ignored -> {
                // what a node has asked of another module goes on there; the run ignores its answer
            }
            case Effect.Execute execute -> execute(execute);
        }
    }

    private void execute(Effect.Execute execute) {
        if (run.hasEnded()) {
            return;
        }
        var node = execute.node().id();
        int visit = execute.visit();
        Consumer<String> text = piece -> apply(run.text(node, visit, piece));
        Future<NodeResult> result;
        try {
            var behaviour = behaviours.get(execute.node().type());
            result = behaviour == null
                    ? Future.failedFuture(
                            "no code runs nodes of the type " + execute.node().type())
                    : behaviour.run(new NodeTask(runId, execute.inputs(), text, call));
        } catch (RuntimeException thrown) {
            result = Future.failedFuture(thrown);
        }
        result.onComplete(answer -> onContext(() -> apply(
                answer.succeeded()
                        ? run.finished(node, visit, answer.result(), System.nanoTime())
                        : run.failed(node, visit, reason(node, answer.cause()), System.nanoTime()))));
    }

    private void onContext(Runnable step) {
        if (context.equals(Vertx.currentContext())) {
            step.run();
        } else {
            context.runOnContext(_ -> step.run());
        }
    }

    private String reason(String node, Throwable failure) {
        if (failure instanceof Refused refused) {
            return refused.refusal().message();
        }
        LOG.error("node {} of run {} failed", node, runId, failure);
        return "node " + node + " failed; the platform's log has run " + runId;
    }

    private void keepDeadline() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
        if (!run.hasEnded()) {
            long wait = TimeUnit.NANOSECONDS.toMillis(run.nextDeadlineNanos() - System.nanoTime()) + 1;
            timer = vertx.setTimer(Math.max(1, wait), _ -> {
                timer = -1;
                apply(run.expire(System.nanoTime()));
            });
        }
    }
}
