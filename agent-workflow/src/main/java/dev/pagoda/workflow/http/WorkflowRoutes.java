package dev.pagoda.workflow.http;

import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.workflow.api.RunWorkflow;
import dev.pagoda.workflow.graph.Graph;
import dev.pagoda.workflow.graph.GraphEvent;
import dev.pagoda.workflow.rag.KnowledgeRefusals;
import dev.pagoda.workflow.run.ActiveRun;
import dev.pagoda.workflow.run.RunHistory;
import dev.pagoda.workflow.run.RunRecord;
import dev.pagoda.workflow.run.Runs;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The routes below `/platform/workflows`.
///
/// A run is answered whole, or with `"stream": true` as server-sent events while it goes on. It stops when
/// its client leaves.
public final class WorkflowRoutes {
    private static final String ROOT = "/platform/workflows";
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 1_000;

    private final Runs runs;
    private final RunHistory history;

    public WorkflowRoutes(Runs runs, RunHistory history) {
        this.runs = runs;
        this.history = history;
    }

    private record RunBody(@Nullable String query, @Nullable String knowledgeBase, boolean stream) {}

    private record RunView(
            String id,
            String workflow,
            String knowledgeBase,
            String query,
            String status,
            String error,
            int steps,
            String startedAt,
            double elapsedTime,
            long tokens,
            long costNanos) {
        RunView(RunRecord run) {
            this(
                    run.id(),
                    run.workflow(),
                    run.knowledgeBase(),
                    run.query(),
                    run.status(),
                    run.error(),
                    run.steps(),
                    Json.time(run.startedMicros()),
                    run.elapsedMicros() / 1e6,
                    run.tokens(),
                    run.costNanos());
        }
    }

    private record NodeView(String id, String type, String title) {}

    private record EdgeView(String source, String target) {}

    private record WorkflowView(String name, List<NodeView> nodes, List<EdgeView> edges) {}

    /// Adds the routes to the root router.
    public void mount(Router root, HttpFloor http) {
        var surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(ROOT).handler(this::list);
        surface.get(ROOT + "/runs").handler(this::listRuns);
        surface.post(ROOT + "/:workflow/runs").handler(this::run);
        HttpFloor.mount(root, surface, ROOT);
    }

    private void list(RoutingContext ctx) {
        Json.answer(
                ctx,
                200,
                Map.of(
                        "data",
                        runs.workflows().stream().map(WorkflowRoutes::view).toList()));
    }

    private static WorkflowView view(Graph graph) {
        return new WorkflowView(
                graph.name(),
                graph.nodes().stream()
                        .map(node -> new NodeView(node.id(), node.type(), node.title()))
                        .toList(),
                graph.edges().stream()
                        .map(edge -> new EdgeView(edge.from(), edge.to()))
                        .toList());
    }

    private void listRuns(RoutingContext ctx) {
        history.list(Json.number(ctx, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT), HttpFloor.call(ctx))
                .onSuccess(found -> Json.answer(
                        ctx,
                        200,
                        Map.of("data", found.stream().map(RunView::new).toList())))
                .onFailure(ctx::fail);
    }

    private void run(RoutingContext ctx) {
        var body = Json.body(ctx, RunBody.class);
        if (body.query() == null || body.knowledgeBase() == null) {
            throw KnowledgeRefusals.invalid("the body needs \"query\" and \"knowledge_base\"");
        }
        var asked = new RunWorkflow(ctx.pathParam("workflow"), body.knowledgeBase(), body.query());
        if (body.stream()) {
            stream(ctx, asked);
        } else {
            whole(ctx, asked);
        }
    }

    private void whole(RoutingContext ctx, RunWorkflow asked) {
        runs.start(asked, HttpFloor.call(ctx), (_, _) -> {})
                .compose(run -> {
                    stopWhenLeft(ctx, run);
                    return run.done();
                })
                .onSuccess(report -> Json.answer(ctx, 200, RunEvents.json(report)))
                .onFailure(ctx::fail);
    }

    private static void stopWhenLeft(RoutingContext ctx, ActiveRun run) {
        if (ctx.response().closed()) {
            run.stop("the client left");
        } else {
            ctx.response().closeHandler(_ -> run.stop("the client left"));
        }
    }

    private void stream(RoutingContext ctx, RunWorkflow asked) {
        var events = new Streamed(ctx, asked.workflow());
        runs.start(asked, HttpFloor.call(ctx), events::on)
                .onSuccess(run -> stopWhenLeft(ctx, run))
                .compose(ActiveRun::done)
                .onSuccess(_ -> events.end())
                .onFailure(events::fail);
    }

    /// The events of one run as a response, which begins with the first, so that a refusal has its status.
    private static final class Streamed {
        private final RoutingContext ctx;
        private final String workflow;
        private @Nullable EventStream stream;

        Streamed(RoutingContext ctx, String workflow) {
            this.ctx = ctx;
            this.workflow = workflow;
        }

        void on(String runId, GraphEvent event) {
            var open = stream;
            if (open == null) {
                open = new EventStream(ctx);
                stream = open;
            }
            open.send(new RunEvents(runId, workflow).json(event));
        }

        void end() {
            if (stream != null) {
                stream.end();
            }
        }

        void fail(Throwable failure) {
            if (stream == null) {
                ctx.fail(failure);
            } else {
                stream.end();
            }
        }
    }
}
