package dev.pagoda.workflow.run;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.workflow.api.RunReport;
import dev.pagoda.workflow.api.RunWorkflow;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.graph.Graph;
import dev.pagoda.workflow.graph.GraphEvent.WorkflowFinished;
import dev.pagoda.workflow.graph.GraphRun;
import dev.pagoda.workflow.node.NodeBehaviour;
import dev.pagoda.workflow.rag.KnowledgeBases;
import dev.pagoda.workflow.rag.KnowledgeRefusals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts runs of the workflows that ship, bounds how many there are, and writes their history. Safe from
/// any thread.
public final class Runs {
    private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

    /// Bounds of runs.
    ///
    /// @param maxRunning  runs at once over all tenants
    /// @param maxSteps    node visits of one run
    /// @param nodeTimeout time of one node
    /// @param limit       time of one run
    public record Settings(int maxRunning, int maxSteps, Duration nodeTimeout, Duration limit) {}

    private final Vertx vertx;
    private final KnowledgeBases bases;
    private final RunHistory history;
    private final Settings settings;
    private final Map<String, NodeBehaviour> behaviours;
    private final Map<String, Graph> workflows = new TreeMap<>();
    private final Map<String, GraphDriver> running = new ConcurrentHashMap<>();
    private final Map<String, Boolean> admitted = new ConcurrentHashMap<>();

    public Runs(
            Vertx vertx,
            KnowledgeBases bases,
            RunHistory history,
            Collection<NodeBehaviour> behaviours,
            Settings settings) {
        this.vertx = vertx;
        this.bases = bases;
        this.history = history;
        this.settings = settings;
        this.behaviours =
                behaviours.stream().collect(Collectors.toUnmodifiableMap(NodeBehaviour::type, Function.identity()));
        workflows.put(CustomerService.NAME, CustomerService.graph(settings.nodeTimeout));
    }

    /// The workflows that can be run, by name.
    public List<Graph> workflows() {
        return List.copyOf(workflows.values());
    }

    /// Runs under way.
    public int running() {
        return admitted.size();
    }

    /// Begins a run.
    ///
    /// @return the run once it has begun, or a refusal: unknown workflow or knowledge base, unfit query,
    ///     too many runs
    public Future<ActiveRun> start(RunWorkflow asked, Call call, RunListener listener) {
        var graph = workflows.get(asked.workflow());
        if (graph == null) {
            return Future.failedFuture(new Refused(
                    Reason.NOT_FOUND,
                    "workflow_not_found",
                    "there is no workflow \"" + asked.workflow() + "\"; there are " + workflows.keySet()));
        }
        if (asked.query().isBlank() || asked.query().length() > SearchKnowledge.MAX_QUERY_CHARS) {
            return Future.failedFuture(KnowledgeRefusals.invalid("the query has "
                    + asked.query().length() + " characters; 1 to " + SearchKnowledge.MAX_QUERY_CHARS
                    + " are allowed and they must not be blank"));
        }
        var id = UUID.randomUUID().toString();
        admitted.put(id, true);
        if (admitted.size() > settings.maxRunning) {
            admitted.remove(id);
            return Future.failedFuture(new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "too_many_runs",
                    settings.maxRunning + " runs are under way, no more are allowed at once",
                    1)));
        }
        return bases.find(asked.knowledgeBase(), call)
                .compose(base -> history.begin(id, graph.name(), base.name(), asked.query(), call))
                .map(_ -> drive(id, graph, asked, call, listener))
                .onFailure(_ -> admitted.remove(id));
    }

    private ActiveRun drive(String id, Graph graph, RunWorkflow asked, Call call, RunListener listener) {
        Map<String, Object> inputs = Map.of("query", asked.query(), "knowledge_base", asked.knowledgeBase());
        var run = new GraphRun(graph, inputs, settings.limit, settings.maxSteps, System.nanoTime());
        // the run keeps its own time; its questions to other modules may wait as long as it may
        var patient = Call.within(call.principal(), call.trace(), settings.limit);
        var driver = new GraphDriver(
                vertx.getOrCreateContext(), id, behaviours, run, patient, event -> listener.on(id, event));
        running.put(id, driver);
        var done = driver.start()
                .compose(last -> close(id, graph, last))
                .onComplete(_ -> {
                    running.remove(id);
                    admitted.remove(id);
                })
                .onFailure(failure -> LOG.error("the end of run {} was not recorded", id, failure));
        return new ActiveRun() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public Future<RunReport> done() {
                return done;
            }

            @Override
            public void stop(String reason) {
                driver.stop(reason);
            }
        };
    }

    private Future<RunReport> close(String id, Graph graph, WorkflowFinished last) {
        var totals = last.totals();
        var status = last.status().name().toLowerCase(Locale.ROOT);
        var report = new RunReport(
                id,
                graph.name(),
                status,
                last.outputs(),
                last.error().orElse(""),
                totals.steps(),
                totals.elapsedNanos(),
                totals.tokens(),
                totals.costNanos());
        return history.end(
                        id,
                        status,
                        report.error(),
                        report.steps(),
                        report.elapsedNanos(),
                        report.tokens(),
                        report.costNanos())
                .map(_ -> report);
    }

    /// Runs a workflow to its end.
    public Future<RunReport> run(RunWorkflow asked, Call call) {
        return start(asked, call, (_, _) -> {}).compose(ActiveRun::done);
    }

    /// Stops every run, because the platform stops.
    public void stopAll() {
        running.values().forEach(driver -> driver.stop("the platform stops"));
    }

    /// The graph of a workflow, if there is one of this name.
    public Optional<Graph> workflow(String name) {
        return Optional.ofNullable(workflows.get(name));
    }
}
