package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.workflow.api.IngestReport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// What the platform knows from its tenants' documents: the door to taking them in and finding passages.
///
/// Ingestions run one at a time for a knowledge base and a bounded number over all. Safe from any thread.
public final class Knowledge {

    /// Bounds and the sizes of passages.
    ///
    /// @param folders             roots below which a folder may be read
    /// @param maxDocumentBytes    size above which a document or file is refused
    /// @param maxDocuments        documents of one ingestion
    /// @param maxRunningIngests   ingestions at once
    /// @param ingestLimit         time after which an ingestion has failed
    public record Settings(
            Chunker chunker,
            int batchSize,
            List<Path> folders,
            int maxDocumentBytes,
            int maxDocuments,
            int maxRunningIngests,
            Duration ingestLimit) {
        public Settings {
            folders = List.copyOf(folders);
        }
    }

    private final Vertx vertx;
    private final Context sequential;
    private final KnowledgeBases bases;
    private final PassageIndex index;
    private final Embedder embedder;
    private final Retrieval retrieval;
    private final Settings settings;
    private final FolderReader folders;
    private final DocumentParser parser;
    private final Map<String, IngestProgress> running = new ConcurrentHashMap<>();

    /// @param sequential a Vert.x context whose handlers run on virtual threads and may wait
    public Knowledge(Context sequential, Bus bus, KnowledgeBases bases, Embedder embedder, Settings settings) {
        this.vertx = sequential.owner();
        this.sequential = sequential;
        this.bases = bases;
        this.index = new PassageIndex(bus);
        this.embedder = embedder;
        this.retrieval = new Retrieval(bases, index, embedder);
        this.settings = settings;
        this.folders = new FolderReader(settings.folders, settings.maxDocuments, settings.maxDocumentBytes);
        this.parser = new DocumentParser(settings.maxDocumentBytes);
    }

    /// The knowledge bases themselves.
    public KnowledgeBases bases() {
        return bases;
    }

    /// Finds passages.
    public Retrieval retrieval() {
        return retrieval;
    }

    /// How far the ingestion into a knowledge base has come, if one is under way.
    public Optional<IngestProgress> progress(KnowledgeBase base) {
        return Optional.ofNullable(running.get(base.id()));
    }

    /// Ingestions under way.
    public int runningIngests() {
        return running.size();
    }

    /// Takes in what a client sent; a document that is unfit becomes a problem of the report.
    public Future<IngestReport> ingest(
            String name, List<Upload> documents, Call call, Consumer<IngestProgress> progress) {
        return ingest(name, documents, settings.chunker, call, progress);
    }

    /// As [#ingest], in chunks of other sizes.
    public Future<IngestReport> ingest(
            String name, List<Upload> documents, Chunker chunker, Call call, Consumer<IngestProgress> progress) {
        if (documents.isEmpty() || documents.size() > settings.maxDocuments) {
            return Future.failedFuture(KnowledgeRefusals.invalid(
                    "an ingestion takes 1 to " + settings.maxDocuments + " documents, not " + documents.size()));
        }
        return bases.find(name, call)
                .compose(base -> run(base, new DocumentSource.Sent(parser, documents), chunker, call, progress));
    }

    /// Forgets documents with their passages; those that are not there are fine.
    public Future<Boolean> remove(String name, List<String> documents, Call call) {
        return bases.find(name, call)
                .compose(base -> base.documents() == 0
                        ? Future.succeededFuture(false)
                        : index.remove(base, documents, call).compose(_ -> bases.drop(base, documents)));
    }

    /// What a file is read as, without taking it in.
    public Future<DocumentParser.Parsed> parse(Upload.File file) {
        return vertx.executeBlocking(() -> parser.parse(file.name(), file.bytes()), false);
    }

    /// Makes a folder's documents the ones that the knowledge base has of it.
    public Future<IngestReport> ingestFolder(String name, String folder, Call call, Consumer<IngestProgress> progress) {
        return bases.find(name, call)
                .compose(base -> vertx.executeBlocking(() -> folders.list(folder), false)
                        .compose(listing -> switch (listing) {
                            case FolderReader.Listing.Refused(var reason) ->
                                Future.failedFuture(KnowledgeRefusals.invalid(reason));
                            case FolderReader.Listing.Found found ->
                                run(base, new DocumentSource.Folder(folders, found), settings.chunker, call, progress);
                        }));
    }

    /// Removes a knowledge base with its documents; refused while documents are being taken in.
    public Future<Boolean> delete(String name, Call call) {
        return bases.find(name, call).compose(base -> {
            if (running.containsKey(base.id())) {
                return Future.failedFuture(KnowledgeRefusals.ingestRunning(name));
            }
            return index.drop(base, call).compose(_ -> bases.remove(base));
        });
    }

    private Future<IngestReport> run(
            KnowledgeBase base, DocumentSource source, Chunker chunker, Call call, Consumer<IngestProgress> progress) {
        if (running.size() >= settings.maxRunningIngests) {
            return Future.failedFuture(KnowledgeRefusals.tooManyIngests(settings.maxRunningIngests));
        }
        var start = new IngestProgress(source.size(), 0, 0, 0);
        if (running.putIfAbsent(base.id(), start) != null) {
            return Future.failedFuture(KnowledgeRefusals.ingestRunning(base.name()));
        }
        // an ingestion outlives the usual wait of a request
        var patient = Call.within(call.principal(), call.trace(), settings.ingestLimit);
        var ingestion = new Ingestion(
                vertx, bases, index, embedder, new Ingestion.Settings(chunker, settings.batchSize), base, patient);
        Promise<IngestReport> report = Promise.promise();
        sequential.runOnContext(_ -> {
            try {
                report.complete(ingestion.run(source, at -> {
                    running.put(base.id(), at);
                    progress.accept(at);
                }));
            } catch (Throwable failure) {
                report.fail(failure);
            }
        });
        return report.future().onComplete(_ -> running.remove(base.id()));
    }
}
