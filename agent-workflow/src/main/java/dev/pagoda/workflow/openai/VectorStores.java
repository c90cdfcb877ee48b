package dev.pagoda.workflow.openai;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.registry.api.FileContent;
import dev.pagoda.registry.api.FindFile;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.StoredFile;
import dev.pagoda.workflow.api.IngestReport;
import dev.pagoda.workflow.api.Passages;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.openai.FileRow.Status;
import dev.pagoda.workflow.openai.VectorStoreTables.Batch;
import dev.pagoda.workflow.rag.Chunker;
import dev.pagoda.workflow.rag.DocumentParser;
import dev.pagoda.workflow.rag.Knowledge;
import dev.pagoda.workflow.rag.Upload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// OpenAI's vector stores: each is a knowledge base whose documents are files of the tenant.
///
/// Files are taken in behind the answer, one after the other for each vector store. How far each is stands in the
/// table, so that a stop in between loses none: the next start goes on. Safe from any thread.
public final class VectorStores {
    /// Files of a vector store.
    static final int MAX_FILES = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(VectorStores.class);
    private static final Duration ATTEMPT = Duration.ofSeconds(60);
    private static final int ATTEMPTS = 60;
    private static final long PAUSE_MILLIS = 500;
    /// Uses are noted no more often than this.
    private static final long TOUCH_MICROS = TimeUnit.MINUTES.toMicros(1);

    private static final int MAX_ERROR_CHARS = 500;

    private final Vertx vertx;
    private final Bus bus;
    private final VectorStoreTables tables;
    private final Knowledge knowledge;
    private final InstantSource clock;
    private final Chunks chunks;
    private final Map<String, Future<Void>> tails = new ConcurrentHashMap<>();

    /// Sizes of chunks.
    ///
    /// @param maxTokens     of a chunk, where nothing else is asked; also the most that the embedding models read
    /// @param overlapTokens where nothing else is asked
    public record Chunks(int maxTokens, int overlapTokens) {
        /// Asked for by a client.
        Chunks applied(int askedMax, int askedOverlap) {
            int max = Math.min(askedMax, maxTokens);
            return new Chunks(max, Math.min(askedOverlap, max / 2));
        }
    }

    /// A file to be added.
    record Added(String id, String attributes, Chunks chunks) {}

    /// What the vector stores stand on.
    public record Ground(Vertx vertx, Bus bus, Store store, InstantSource clock) {}

    /// @param knowledge where the texts of the files go
    public VectorStores(Ground ground, Knowledge knowledge, Chunks chunks) {
        this.vertx = ground.vertx();
        this.bus = ground.bus();
        this.tables = new VectorStoreTables(ground.store());
        this.knowledge = knowledge;
        this.clock = ground.clock();
        this.chunks = chunks;
    }

    /// Goes on with what the last stop has cut off.
    public Future<Void> resume() {
        return tables.unfinished().map(files -> {
            files.forEach(each -> enqueue(each.file(), keeper(each.tenant())));
            return null;
        });
    }

    private static Principal keeper(String tenant) {
        return new Principal(tenant, "", "", Principal.PLATFORM.key(), Principal.Role.MEMBER);
    }

    VectorStoreTables tables() {
        return tables;
    }

    Chunks chunks() {
        return chunks;
    }

    long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    static String newId(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }

    Future<VectorStoreRow> create(VectorStoreRow row, Call call) {
        return knowledge.bases().create(row.id(), call).compose(_ -> tables.insert(row));
    }

    Future<Void> delete(VectorStoreRow row, Call call) {
        return tables.delete(row.id())
                .compose(_ -> dropBase(row.id(), call, 1))
                .recover(failure -> isMissing(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private Future<Void> dropBase(String id, Call call, int attempt) {
        return knowledge.delete(id, call).<Void>mapEmpty().recover(failure -> {
            if (attempt < ATTEMPTS && isBusy(failure)) {
                return pause().compose(_ -> dropBase(id, call, attempt + 1));
            }
            return Future.failedFuture(failure);
        });
    }

    /// Notes the files and takes them in behind the answer.
    Future<List<FileRow>> add(VectorStoreRow row, List<Added> added, Optional<Batch> batch, Call call) {
        requireLive(row);
        List<Future<StoredFile>> known = added.stream()
                .map(each -> bus.ask(Registry.FILE, new FindFile(each.id()), call))
                .toList();
        return Future.all(known)
                .compose(_ -> {
                    List<FileRow> files = new ArrayList<>();
                    for (int i = 0; i < added.size(); i++) {
                        files.add(fresh(
                                row,
                                added.get(i),
                                known.get(i).result(),
                                batch.map(Batch::id).orElse("")));
                    }
                    return tables.putFiles(row.id(), files, batch, MAX_FILES);
                })
                .onSuccess(files -> {
                    files.forEach(file -> enqueue(file, call.principal()));
                    touch(row);
                });
    }

    private FileRow fresh(VectorStoreRow row, Added added, StoredFile file, String batch) {
        return new FileRow(
                row.id(),
                file.id(),
                file.filename(),
                file.bytes(),
                Status.IN_PROGRESS,
                "",
                added.attributes(),
                added.chunks().maxTokens(),
                added.chunks().overlapTokens(),
                batch,
                nowMicros());
    }

    /// @throws Refused if it has expired
    void requireLive(VectorStoreRow row) {
        if (row.isExpired(nowMicros())) {
            throw new Refused(Reason.INVALID, "vector_store_expired", "Vector store '" + row.id() + "' is expired.");
        }
    }

    private void touch(VectorStoreRow row) {
        long now = nowMicros();
        if (now - row.activeMicros() >= TOUCH_MICROS) {
            tables.touch(row.id(), now)
                    .onFailure(failure -> LOG.warn("a use of {} is not noted: {}", row.id(), failure.getMessage()));
        }
    }

    private void enqueue(FileRow file, Principal principal) {
        tails.compute(file.store(), (store, tail) -> {
            Future<Void> before = tail == null ? Future.succeededFuture() : tail;
            Future<Void> next = before.transform(_ -> takeIn(file, principal, 1));
            next.onComplete(_ -> vertx.runOnContext(_ -> tails.remove(store, next)));
            return next;
        });
    }

    private Future<Void> takeIn(FileRow file, Principal principal, int attempt) {
        Call call = Call.within(principal, newId("vsf_"), ATTEMPT);
        return tables.file(file.store(), file.id())
                .compose(now -> now.filter(row -> row.status() == Status.IN_PROGRESS)
                        .map(row -> ingest(row, call).compose(report -> end(row, report, call)))
                        .orElse(Future.succeededFuture()))
                .recover(failure -> {
                    if (attempt < ATTEMPTS && isBusy(failure)) {
                        return pause().compose(_ -> takeIn(file, principal, attempt + 1));
                    }
                    LOG.warn("{} is not taken into {}: {}", file.id(), file.store(), failure.getMessage());
                    return tables.end(file, Status.FAILED, reason(failure)).mapEmpty();
                });
    }

    private Future<IngestReport> ingest(FileRow file, Call call) {
        return bus.ask(Registry.FILE_CONTENT, new FindFile(file.id()), call)
                .compose(found -> knowledge.ingest(
                        file.store(),
                        List.of(new Upload.File(file.document(), found.content())),
                        chunker(file),
                        call,
                        _ -> {}));
    }

    private static Chunker chunker(FileRow file) {
        int max = file.chunkTokens();
        return new Chunker(Math.max(1, max * 3 / 4), max, Math.min(file.overlapTokens(), max * 3 / 8));
    }

    private Future<Void> end(FileRow file, IngestReport report, Call call) {
        boolean isFailed = report.failed() > 0;
        String error = isFailed ? cut(report.problems().getFirst().reason()) : "";
        return tables.end(file, isFailed ? Status.FAILED : Status.COMPLETED, error)
                // cancelled or removed while it was taken in
                .compose(isEnded -> isEnded ? Future.succeededFuture() : forget(file, call));
    }

    private Future<Void> forget(FileRow file, Call call) {
        return tables.file(file.store(), file.id())
                .compose(now -> now.isPresent() && now.get().status() == Status.IN_PROGRESS
                        ? Future.<Boolean>succeededFuture(false)
                        : knowledge.remove(file.store(), List.of(file.document()), call))
                .recover(failure -> isMissing(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure))
                .mapEmpty();
    }

    /// Takes a file out of a vector store; the file itself stays.
    Future<Void> remove(FileRow file, Call call) {
        return tables.removeFile(file.store(), file.id())
                .compose(_ -> knowledge.remove(file.store(), List.of(file.document()), call))
                .mapEmpty();
    }

    /// The text that a file is read as.
    Future<String> text(FileRow file, Call call) {
        Future<FileContent> content = bus.ask(Registry.FILE_CONTENT, new FindFile(file.id()), call);
        return content.compose(found -> knowledge.parse(new Upload.File(file.document(), found.content())))
                .map(parsed -> switch (parsed) {
                    case DocumentParser.Parsed.Read(var document) -> document.text();
                    case DocumentParser.Parsed.Unreadable(var reason) -> throw Body.invalid(reason);
                });
    }

    /// Passages and the files they are of.
    record Found(Passages passages, Map<String, FileRow> files) {}

    /// The passages that fit best, of files with such attributes.
    Future<Found> search(VectorStoreRow row, String query, int limit, Optional<AttributeFilter> filter, Call call) {
        requireLive(row);
        touch(row);
        SearchKnowledge search = new SearchKnowledge(row.id(), query, limit);
        return tables.files(row.id()).compose(all -> {
            Map<String, FileRow> files = new ConcurrentHashMap<>();
            all.stream()
                    .filter(file -> file.status() == Status.COMPLETED)
                    .filter(file -> filter.isEmpty() || filter.get().matches(Body.parsed(file.attributes())))
                    .forEach(file -> files.put(file.document(), file));
            if (files.isEmpty()) {
                return Future.succeededFuture(new Found(new Passages(List.of(), 0, 0), files));
            }
            Future<Passages> found = filter.isEmpty()
                    ? knowledge.retrieval().search(search, call)
                    : knowledge.retrieval().searchWithin(search, List.copyOf(files.keySet()), call);
            return found.map(passages -> new Found(passages, files));
        });
    }

    private Future<Void> pause() {
        return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).mapEmpty();
    }

    private static boolean isBusy(Throwable failure) {
        return failure instanceof Refused refused
                && (refused.refusal().reason() == Reason.EXHAUSTED
                        || refused.refusal().reason() == Reason.UNAVAILABLE
                        || refused.refusal().code().equals("ingest_running"));
    }

    private static boolean isMissing(Throwable failure) {
        return failure instanceof Refused refused && refused.refusal().reason() == Reason.NOT_FOUND;
    }

    private static String reason(Throwable failure) {
        return cut(
                failure instanceof Refused refused
                        ? refused.refusal().message()
                        : "An internal error occurred while the file was processed.");
    }

    private static String cut(String text) {
        return text.length() <= MAX_ERROR_CHARS ? text : text.substring(0, MAX_ERROR_CHARS);
    }
}
