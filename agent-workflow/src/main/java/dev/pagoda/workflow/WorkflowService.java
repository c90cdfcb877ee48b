package dev.pagoda.workflow;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.workflow.api.IngestDocuments;
import dev.pagoda.workflow.api.IngestReport;
import dev.pagoda.workflow.api.WorkflowStatus;
import dev.pagoda.workflow.api.WorkflowStatus.KnowledgeBaseStatus;
import dev.pagoda.workflow.api.Workflows;
import dev.pagoda.workflow.http.KnowledgeRoutes;
import dev.pagoda.workflow.http.TicketRoutes;
import dev.pagoda.workflow.http.WorkflowRoutes;
import dev.pagoda.workflow.node.AnswerNode;
import dev.pagoda.workflow.node.IntentNode;
import dev.pagoda.workflow.node.ReplyNode;
import dev.pagoda.workflow.node.RetrieveNode;
import dev.pagoda.workflow.node.TicketNode;
import dev.pagoda.workflow.node.Tickets;
import dev.pagoda.workflow.openai.VectorStoreRoutes;
import dev.pagoda.workflow.openai.VectorStores;
import dev.pagoda.workflow.rag.Chunker;
import dev.pagoda.workflow.rag.Embedder;
import dev.pagoda.workflow.rag.Knowledge;
import dev.pagoda.workflow.rag.KnowledgeBases;
import dev.pagoda.workflow.rag.Language;
import dev.pagoda.workflow.rag.Upload;
import dev.pagoda.workflow.run.RunHistory;
import dev.pagoda.workflow.run.Runs;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workflow module as one piece: knowledge bases, workflows and tickets with their ports, routes and
/// meters.
public final class WorkflowService {
    private static final Logger LOG = LoggerFactory.getLogger(WorkflowService.class);

    /// What the module needs from the platform.
    public record Surroundings(
            Vertx vertx, Bus bus, Store store, HttpFloor http, Telemetry telemetry, InstantSource clock) {
        public Surroundings {
            Objects.requireNonNull(vertx, "vertx");
            Objects.requireNonNull(bus, "bus");
            Objects.requireNonNull(store, "store");
            Objects.requireNonNull(http, "http");
            Objects.requireNonNull(telemetry, "telemetry");
            Objects.requireNonNull(clock, "clock");
        }
    }

    /// What exists between start and stop.
    private record Parts(
            String deployment,
            Knowledge knowledge,
            VectorStores vectorStores,
            Runs runs,
            RunHistory history,
            Tickets tickets,
            List<Registration> ports) {}

    private final Surroundings around;
    private final WorkflowConfig config;
    private volatile @Nullable Parts parts;

    /// A module that is built but does not answer yet.
    public WorkflowService(Surroundings around, WorkflowConfig config) {
        this.around = around;
        this.config = config;
    }

    /// Brings the tables up to date and serves the ports; completes when they answer.
    public Future<Void> start() {
        var sequential = new Sequential();
        return around.vertx()
                .executeBlocking(
                        () -> {
                            around.store().migrate("workflow");
                            return true;
                        },
                        false)
                .compose(_ -> around.vertx()
                        .deployVerticle(
                                sequential, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)))
                .compose(deployment -> build(deployment, sequential.context()))
                .map(built -> {
                    parts = built;
                    LOG.info(
                            "workflow: folders {}, {} runs at once, answers from {} passages by {}",
                            config.ingest().folders(),
                            config.runs().maxRunning(),
                            config.answers().passages(),
                            config.models().chat());
                    return null;
                });
    }

    private Future<Parts> build(String deployment, Context sequential) {
        var embedder = embedder();
        var bases = new KnowledgeBases(around.store(), around.clock(), config.maxKnowledgeBases());
        var knowledge = new Knowledge(sequential, around.bus(), bases, embedder, settings());
        var answers = config.answers();
        var history =
                new RunHistory(around.store(), around.clock(), config.runs().keptRuns());
        var tickets = new Tickets(around.store(), around.clock(), config.runs().keptTickets());
        var runs = new Runs(
                around.vertx(),
                bases,
                history,
                List.of(
                        new IntentNode(embedder),
                        new RetrieveNode(
                                knowledge.retrieval(),
                                new RetrieveNode.Settings(
                                        answers.passages(), answers.enoughInEnglish(), answers.enoughInChinese())),
                        new AnswerNode(around.bus(), config.models().chat()),
                        new TicketNode(tickets),
                        new ReplyNode()),
                new Runs.Settings(
                        config.runs().maxRunning(),
                        config.runs().maxSteps(),
                        config.runs().nodeTimeout(),
                        config.runs().limit()));
        meter(knowledge, runs);
        var vectorStores = new VectorStores(
                new VectorStores.Ground(around.vertx(), around.bus(), around.store(), around.clock()),
                knowledge,
                new VectorStores.Chunks(
                        config.chunks().maxTokens(), config.chunks().overlapTokens()));
        var built = new Parts(deployment, knowledge, vectorStores, runs, history, tickets, new ArrayList<>());
        return history.closeAbandoned()
                .map(abandoned -> {
                    if (abandoned > 0) {
                        LOG.info("workflow: {} runs were cut off by the last stop", abandoned);
                    }
                    serve(built);
                    return built;
                })
                .compose(started -> vectorStores.resume().map(started));
    }

    private Embedder embedder() {
        var models = config.models();
        return new Embedder(
                around.bus(),
                Map.of(
                        Language.EN, new Embedder.Model(models.english(), models.englishDimensions()),
                        Language.ZH, new Embedder.Model(models.chinese(), models.chineseDimensions())));
    }

    private Knowledge.Settings settings() {
        var chunks = config.chunks();
        var ingest = config.ingest();
        return new Knowledge.Settings(
                new Chunker(chunks.targetTokens(), chunks.maxTokens(), chunks.overlapTokens()),
                ingest.batchSize(),
                ingest.folders().stream().map(Path::of).toList(),
                ingest.maxDocumentBytes(),
                ingest.maxDocuments(),
                ingest.maxRunning(),
                ingest.limit());
    }

    private void meter(Knowledge knowledge, Runs runs) {
        var meters = around.telemetry().meters();
        meters.gauge("pagoda.workflow.runs.running", runs, Runs::running);
        meters.gauge("pagoda.workflow.ingests.running", knowledge, Knowledge::runningIngests);
    }

    private void serve(Parts built) {
        var bus = around.bus();
        var knowledge = built.knowledge;
        built.ports.add(bus.serve(Workflows.SEARCH, knowledge.retrieval()::search));
        built.ports.add(bus.serve(Workflows.RUN, built.runs::run));
        built.ports.add(bus.serve(Workflows.INGEST, (asked, call) -> ingest(knowledge, asked, call)));
        built.ports.add(bus.serve(Workflows.STATUS, (StatusQuery _, Call call) -> status(built, call)));
    }

    private static Future<IngestReport> ingest(Knowledge knowledge, IngestDocuments asked, Call call) {
        List<Upload> documents = new ArrayList<>();
        asked.documents().forEach(document -> documents.add(new Upload.Text(document)));
        return knowledge
                .bases()
                .find(asked.knowledgeBase(), call)
                .recover(failure -> failure instanceof Refused refused
                                && refused.refusal().code().equals("knowledge_base_not_found")
                        ? knowledge.bases().create(asked.knowledgeBase(), call)
                        : Future.failedFuture(failure))
                .compose(base -> knowledge.ingest(base.name(), documents, call, _ -> {}));
    }

    private static Future<WorkflowStatus> status(Parts built, Call call) {
        var bases = built.knowledge.bases().list(call);
        var today = built.history.today(call);
        var unclosed = built.tickets.unclosed(call);
        return Future.all(bases, today, unclosed)
                .map(_ -> new WorkflowStatus(
                        bases.result().stream()
                                .map(base -> new KnowledgeBaseStatus(
                                        base.tenant(),
                                        base.name(),
                                        base.documents(),
                                        base.chunks(),
                                        built.knowledge.progress(base).isPresent()))
                                .toList(),
                        built.knowledge.runningIngests(),
                        built.runs.running(),
                        today.result().finished(),
                        today.result().failed(),
                        unclosed.result()));
    }

    /// Adds the routes below `/platform/knowledge-bases`, `/platform/workflows`, `/platform/tickets` and
    /// `/v1/vector_stores`.
    ///
    /// @throws IllegalStateException before [#start()] has completed
    public void mount(Router root) {
        var built = parts;
        if (built == null) {
            throw new IllegalStateException("the workflow module has not started");
        }
        new KnowledgeRoutes(built.knowledge).mount(root, around.http(), config.maxBodyBytes());
        new VectorStoreRoutes(built.vectorStores).mount(root, around.http());
        new WorkflowRoutes(built.runs, built.history).mount(root, around.http());
        new TicketRoutes(built.tickets).mount(root, around.http());
    }

    public boolean isReady() {
        return parts != null;
    }

    /// Withdraws the ports and stops what runs.
    public Future<Void> stop() {
        var built = parts;
        if (built == null) {
            return Future.succeededFuture();
        }
        parts = null;
        built.runs.stopAll();
        return Future.join(built.ports.stream().map(Registration::withdraw).toList())
                .compose(_ -> around.vertx().undeploy(built.deployment));
    }

    /// The virtual-thread context on which documents are taken in one step after the other.
    private static final class Sequential extends VerticleBase {
        Context context() {
            return context;
        }
    }
}
