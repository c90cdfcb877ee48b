package dev.pagoda.workflow.rag;

import dev.pagoda.gateway.api.EmbeddedTexts;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.workflow.api.IngestReport;
import dev.pagoda.workflow.api.IngestReport.Problem;
import dev.pagoda.workflow.rag.DocumentSource.Outcome;
import dev.pagoda.workflow.rag.KnowledgeBases.Stored;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One run of documents into a knowledge base, on a virtual thread of Vert.x.
///
/// Documents are read, cut, embedded and stored in batches; a document is noted as done only after its
/// passages are on disk, so that a run that ends early is made whole by running it again. What has not
/// changed by its hash is not embedded again. A document that cannot be read becomes a problem and its
/// former passages stay.
final class Ingestion {
    private static final int DOCUMENTS_PER_REMOVAL = 500;
    private static final int MAX_ATTEMPTS = 8;
    private static final long RETRY_MILLIS = 250;

    /// What a batch is made of.
    ///
    /// @param chunker    cuts the texts
    /// @param batchSize  passages embedded at once, 1 to [Embedder#MAX_BATCH]
    record Settings(Chunker chunker, int batchSize) {
        Settings {
            if (batchSize < 1 || batchSize > Embedder.MAX_BATCH) {
                throw new IllegalArgumentException(
                        "batch size " + batchSize + " is not within 1 to " + Embedder.MAX_BATCH);
            }
        }
    }

    private record Pending(Document document, Language language, List<Chunk> chunks) {}

    private final Vertx vertx;
    private final KnowledgeBases bases;
    private final PassageIndex index;
    private final Embedder embedder;
    private final Settings settings;
    private final KnowledgeBase base;
    private final Call call;

    private final List<Problem> problems = new ArrayList<>();
    private final List<Pending> batch = new ArrayList<>();
    private int batchChunks;
    private int added;
    private int updated;
    private int unchanged;
    private int failed;
    private int chunks;
    private long tokens;

    Ingestion(
            Vertx vertx,
            KnowledgeBases bases,
            PassageIndex index,
            Embedder embedder,
            Settings settings,
            KnowledgeBase base,
            Call call) {
        this.vertx = vertx;
        this.bases = bases;
        this.index = index;
        this.embedder = embedder;
        this.settings = settings;
        this.base = base;
        this.call = call;
    }

    IngestReport run(DocumentSource source, Consumer<IngestProgress> progress) {
        index.create(base, embedder.dimensions(), call).await();
        var known = bases.documents(base).await();
        source.leftOut().forEach(this::note);
        var seen = new HashSet<String>();
        for (int i = 0; i < source.size(); i++) {
            int at = i;
            var outcome = vertx.executeBlocking(() -> source.read(at), false).await();
            switch (outcome) {
                case Outcome.Failed(var problem) -> {
                    seen.add(problem.document());
                    failed++;
                    note(problem);
                }
                case Outcome.Read(var document) -> take(document, source.origin(), known, seen);
            }
            if (batchChunks >= settings.batchSize) {
                flush(source.origin());
            }
            progress.accept(new IngestProgress(source.size(), i + 1, failed, chunks));
        }
        flush(source.origin());
        int removed = removeVanished(source, known, seen);
        return new IngestReport(base.name(), added, updated, unchanged, removed, failed, chunks, tokens, problems);
    }

    private void note(Problem problem) {
        if (problems.size() < IngestReport.MAX_PROBLEMS) {
            problems.add(problem);
        }
    }

    private void take(Document document, String origin, Map<String, Stored> known, Set<String> seen) {
        if (!seen.add(document.id())) {
            failed++;
            note(new Problem(document.id(), "an earlier document of this ingestion has the same id"));
            return;
        }
        var before = known.get(document.id());
        if (before != null
                && before.contentHash().equals(document.contentHash())
                && before.origin().equals(origin)) {
            unchanged++;
            return;
        }
        var cut = settings.chunker.chunk(document.text());
        if (before == null) {
            added++;
        } else {
            updated++;
        }
        batch.add(new Pending(document, document.language(), cut));
        batchChunks += cut.size();
    }

    private void flush(String origin) {
        if (batch.isEmpty()) {
            return;
        }
        var byLanguage = new EnumMap<Language, List<PassageIndex.Entry>>(Language.class);
        for (var pending : batch) {
            for (var chunk : pending.chunks) {
                byLanguage
                        .computeIfAbsent(pending.language, _ -> new ArrayList<>())
                        .add(new PassageIndex.Entry(pending.document, pending.language, chunk, new float[0]));
            }
        }
        byLanguage.forEach((language, entries) -> {
            for (int from = 0; from < entries.size(); from += settings.batchSize) {
                store(language, entries.subList(from, Math.min(entries.size(), from + settings.batchSize)));
            }
        });
        index.removeStale(base, batch.stream().map(Pending::document).toList(), call)
                .await();
        bases.put(base, batch.stream().map(pending -> stored(pending, origin)).toList())
                .await();
        chunks += batchChunks;
        batch.clear();
        batchChunks = 0;
    }

    private void store(Language language, List<PassageIndex.Entry> entries) {
        var texts = entries.stream()
                .map(entry -> PassageIndex.searchable(entry.document(), entry.chunk()))
                .toList();
        var embedded = embed(texts, language);
        tokens += embedded.promptTokens();
        var complete = new ArrayList<PassageIndex.Entry>(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            var entry = entries.get(i);
            complete.add(new PassageIndex.Entry(
                    entry.document(),
                    language,
                    entry.chunk(),
                    embedded.vectors().get(i)));
        }
        index.store(base, complete, call).await();
    }

    /// Embeds a batch, and waits and tries again while the gateway has no room.
    private EmbeddedTexts embed(List<String> texts, Language language) {
        for (int attempt = 1; ; attempt++) {
            try {
                return embedder.embed(texts, language, call).await();
            } catch (Refused refused) {
                if (refused.refusal().reason() != Reason.EXHAUSTED || attempt == MAX_ATTEMPTS) {
                    throw refused;
                }
                long asked = TimeUnit.SECONDS.toMillis(refused.refusal().retryAfterSeconds());
                vertx.timer(Math.max(asked, RETRY_MILLIS * attempt), TimeUnit.MILLISECONDS)
                        .await();
            }
        }
    }

    private static Stored stored(Pending pending, String origin) {
        var document = pending.document;
        return new Stored(
                document.id(),
                origin,
                document.title(),
                pending.language,
                document.contentHash(),
                pending.chunks.size());
    }

    private int removeVanished(DocumentSource source, Map<String, Stored> known, Set<String> seen) {
        if (!(source instanceof DocumentSource.Folder)) {
            return 0;
        }
        var vanished = known.values().stream()
                .filter(document -> document.origin().equals(source.origin()) && !seen.contains(document.id()))
                .map(Stored::id)
                .sorted()
                .toList();
        for (int from = 0; from < vanished.size(); from += DOCUMENTS_PER_REMOVAL) {
            var some = vanished.subList(from, Math.min(vanished.size(), from + DOCUMENTS_PER_REMOVAL));
            index.remove(base, some, call).await();
            bases.drop(base, some).await();
        }
        return vanished.size();
    }
}
