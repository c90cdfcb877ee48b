package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/// The knowledge bases and their documents as the platform's store keeps them.
///
/// Everything sees only the tenant of the call, save that the platform lists everybody's. Safe from any
/// thread.
public final class KnowledgeBases {
    /// Letters of any script, digits, `_`, `-` and `.`: fit for a path, a file name and a person's eye.
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]{0,63}");

    private static final String SELECT = """
            SELECT b.id, b.tenant, b.name, b.created_micros, b.ingested_micros,
                   (SELECT COUNT(*) FROM workflow_document d WHERE d.knowledge_base = b.id) AS documents,
                   (SELECT COALESCE(SUM(d.chunks), 0) FROM workflow_document d WHERE d.knowledge_base = b.id) AS chunks
            FROM workflow_knowledge_base b""";

    private static final RowMapper<KnowledgeBase> ROW = (row, context) -> new KnowledgeBase(
            row.getString("id"),
            row.getString("tenant"),
            row.getString("name"),
            row.getLong("created_micros"),
            row.getLong("ingested_micros"),
            row.getLong("documents"),
            row.getLong("chunks"));

    /// A document as it was last taken in.
    ///
    /// @param origin the folder it came from, empty for one that a client sent
    record Stored(String id, String origin, String title, Language language, String contentHash, int chunks) {}

    private final Store store;
    private final InstantSource clock;
    private final int maxPerTenant;

    /// @param maxPerTenant knowledge bases a tenant may have
    public KnowledgeBases(Store store, InstantSource clock, int maxPerTenant) {
        this.store = store;
        this.clock = clock;
        this.maxPerTenant = maxPerTenant;
    }

    /// Makes an empty knowledge base; refused when the name is unfit or taken.
    public Future<KnowledgeBase> create(String name, Call call) {
        if (!NAME.matcher(name).matches()) {
            return Future.failedFuture(KnowledgeRefusals.invalid("knowledge base name \"" + name
                    + "\" is not 1 to 64 letters, digits, _, - or ., beginning with a letter or digit"));
        }
        var id = UUID.randomUUID().toString().replace("-", "");
        var made = new KnowledgeBase(id, call.tenant(), name, micros(), 0, 0, 0);
        return store.write(handle -> {
            if (count(handle, "tenant = :tenant AND name = :name", made) > 0) {
                throw KnowledgeRefusals.exists(name);
            }
            if (count(handle, "tenant = :tenant", made) >= maxPerTenant) {
                throw KnowledgeRefusals.tooMany(maxPerTenant);
            }
            handle.createUpdate(
                            "INSERT INTO workflow_knowledge_base (id, tenant, name, created_micros, ingested_micros)"
                                    + " VALUES (:id, :tenant, :name, :created, 0)")
                    .bind("id", id)
                    .bind("tenant", made.tenant())
                    .bind("name", name)
                    .bind("created", made.createdMicros())
                    .execute();
            return made;
        });
    }

    private static int count(Handle handle, String where, KnowledgeBase base) {
        return handle.createQuery("SELECT COUNT(*) FROM workflow_knowledge_base WHERE " + where)
                .bind("tenant", base.tenant())
                .bind("name", base.name())
                .mapTo(Integer.class)
                .one();
    }

    /// The knowledge base of this name, or a refusal when the tenant has none.
    public Future<KnowledgeBase> find(String name, Call call) {
        return store.read(handle -> handle.createQuery(SELECT + " WHERE b.tenant = :tenant AND b.name = :name")
                .bind("tenant", call.tenant())
                .bind("name", name)
                .map(ROW)
                .findOne()
                .orElseThrow(() -> KnowledgeRefusals.notFound(name)));
    }

    /// The tenant's knowledge bases by name; everybody's for the platform.
    public Future<List<KnowledgeBase>> list(Call call) {
        return store.read(handle -> handle.createQuery(
                        SELECT + " WHERE b.tenant = :tenant OR :everybody = 1 ORDER BY b.tenant, b.name")
                .bind("tenant", call.tenant())
                .bind("everybody", call.principal().isPlatform() ? 1 : 0)
                .map(ROW)
                .list());
    }

    Future<Boolean> remove(KnowledgeBase base) {
        return store.write(handle -> {
            handle.createUpdate("DELETE FROM workflow_document WHERE knowledge_base = :id")
                    .bind("id", base.id())
                    .execute();
            return handle.createUpdate("DELETE FROM workflow_knowledge_base WHERE id = :id")
                            .bind("id", base.id())
                            .execute()
                    > 0;
        });
    }

    /// The documents of a knowledge base by id.
    Future<Map<String, Stored>> documents(KnowledgeBase base) {
        return store.read(handle -> {
            var documents = new HashMap<String, Stored>();
            handle.createQuery("SELECT id, origin, title, language, content_hash, chunks FROM workflow_document"
                            + " WHERE knowledge_base = :base")
                    .bind("base", base.id())
                    .map((row, context) -> new Stored(
                            row.getString("id"),
                            row.getString("origin"),
                            row.getString("title"),
                            Language.of(row.getString("language")),
                            row.getString("content_hash"),
                            row.getInt("chunks")))
                    .forEach(document -> documents.put(document.id(), document));
            return documents;
        });
    }

    /// Notes that these documents can be found now, replacing what was noted of them.
    Future<Boolean> put(KnowledgeBase base, Collection<Stored> documents) {
        long now = micros();
        return store.write(handle -> {
            var batch = handle.prepareBatch(
                    "INSERT INTO workflow_document (knowledge_base, id, origin, title, language, content_hash, chunks,"
                            + " updated_micros) VALUES (:base, :id, :origin, :title, :language, :hash, :chunks, :now)"
                            + " ON CONFLICT (knowledge_base, id) DO UPDATE SET origin = excluded.origin,"
                            + " title = excluded.title, language = excluded.language,"
                            + " content_hash = excluded.content_hash, chunks = excluded.chunks,"
                            + " updated_micros = excluded.updated_micros");
            for (var document : documents) {
                batch.bind("base", base.id())
                        .bind("id", document.id())
                        .bind("origin", document.origin())
                        .bind("title", document.title())
                        .bind("language", document.language().tag())
                        .bind("hash", document.contentHash())
                        .bind("chunks", document.chunks())
                        .bind("now", now)
                        .add();
            }
            batch.execute();
            return touch(handle, base, now);
        });
    }

    /// Forgets documents.
    Future<Boolean> drop(KnowledgeBase base, Collection<String> documents) {
        long now = micros();
        return store.write(handle -> {
            var batch = handle.prepareBatch("DELETE FROM workflow_document WHERE knowledge_base = :base AND id = :id");
            documents.forEach(id -> batch.bind("base", base.id()).bind("id", id).add());
            batch.execute();
            return touch(handle, base, now);
        });
    }

    private static boolean touch(Handle handle, KnowledgeBase base, long now) {
        return handle.createUpdate("UPDATE workflow_knowledge_base SET ingested_micros = :now WHERE id = :id")
                        .bind("now", now)
                        .bind("id", base.id())
                        .execute()
                > 0;
    }

    private long micros() {
        var now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }
}
