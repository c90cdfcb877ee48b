package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Explanation;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.collection.Matrix;
import dev.pagoda.vectors.collection.PointGroup;
import dev.pagoda.vectors.collection.Workers;
import dev.pagoda.vectors.qdrant.SearchBodies.Asked;
import dev.pagoda.vectors.qdrant.SearchBodies.AskedGroups;
import dev.pagoda.vectors.qdrant.SearchBodies.AskedMatrix;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The paths that rank points.
///
/// `search`, `recommend` and `discover` are of older clients; a list stands directly behind their `result`.
final class SearchRoutes {
    private static final String POINTS = Endpoints.POINTS;

    private final Endpoints endpoints;

    SearchRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        search(surface, "/query", SearchBodies::query, SearchRoutes::wrapped);
        search(surface, "/search", SearchBodies::search, SearchRoutes::bare);
        search(surface, "/recommend", SearchBodies::recommend, SearchRoutes::bare);
        search(surface, "/discover", SearchBodies::discover, SearchRoutes::bare);
        groups(surface, "/query/groups", SearchBodies::queryGroups);
        groups(surface, "/search/groups", SearchBodies::searchGroups);
        groups(surface, "/recommend/groups", SearchBodies::recommendGroups);
        matrix(surface, "/search/matrix/pairs", SearchRoutes::pairs);
        matrix(surface, "/search/matrix/offsets", SearchRoutes::offsets);
    }

    private void search(Router surface, String path, Json.Reader<Asked> reader, HitsWriter writer) {
        endpoints.query(surface, POINTS + path, request -> {
            Asked asked = request.read(reader);
            ExplainedHits hits = hits(request, asked);
            return out -> writer.write(out, hits, asked);
        });
        endpoints.query(surface, POINTS + path + "/batch", request -> {
            List<Asked> all = request.read(in -> SearchBodies.batch(in, reader));
            request.collection().strict().searchBatch(all.size());
            int found = 0;
            List<ExplainedHits> results = new ArrayList<>(all.size());
            for (Asked asked : all) {
                Workers.requireTime(request.call(), "the rest of a batch");
                ExplainedHits hits = hits(request, asked);
                found += hits.hits().size();
                if (found > Query.MAX_WINDOW) {
                    throw new IllegalArgumentException(
                            "the searches of a batch find more than " + Query.MAX_WINDOW + " points together");
                }
                results.add(hits);
            }
            request.services().alsoQueried(request.call(), all.size() - 1);
            return out -> {
                out.writeStartArray();
                for (int i = 0; i < all.size(); i++) {
                    writer.write(out, results.get(i), all.get(i));
                }
                out.writeEndArray();
            };
        });
    }

    private static ExplainedHits hits(Endpoints.Request request, Asked asked) {
        var queries = request.services().queries();
        String tenant = request.call().tenant();
        boolean withVectors = asked.selection().vectors();
        return asked.query().params().explain()
                ? queries.explain(tenant, request.name(), asked.query(), withVectors)
                : new ExplainedHits(queries.run(tenant, request.name(), asked.query(), withVectors), List.of());
    }

    private void groups(Router surface, String path, Json.Reader<AskedGroups> reader) {
        endpoints.query(surface, POINTS + path, request -> {
            AskedGroups asked = request.read(reader);
            List<PointGroup> groups = request.services()
                    .queries()
                    .groups(
                            request.call().tenant(),
                            request.name(),
                            asked.query(),
                            asked.grouping(),
                            asked.selection().vectors());
            return out -> groups(out, groups, asked);
        });
    }

    private interface MatrixWriter {
        void write(JsonGenerator out, Matrix matrix) throws IOException;
    }

    private void matrix(Router surface, String path, MatrixWriter writer) {
        endpoints.query(surface, POINTS + path, request -> {
            AskedMatrix asked = request.read(SearchBodies::matrix);
            Matrix matrix = request.services()
                    .queries()
                    .matrix(
                            request.call().tenant(),
                            request.name(),
                            asked.using(),
                            asked.filter(),
                            asked.sample(),
                            asked.limit());
            return out -> writer.write(out, matrix);
        });
    }

    private interface HitsWriter {
        void write(JsonGenerator out, ExplainedHits hits, Asked asked) throws IOException;
    }

    private static void bare(JsonGenerator out, ExplainedHits hits, Asked asked) throws IOException {
        Reply.scored(out, hits.hits(), asked.selection());
    }

    private static void wrapped(JsonGenerator out, ExplainedHits hits, Asked asked) throws IOException {
        out.writeStartObject();
        out.writeFieldName("points");
        Reply.scored(out, hits.hits(), asked.selection());
        if (asked.query().params().explain()) {
            out.writeArrayFieldStart("explain");
            for (Explanation search : hits.searches()) {
                out.writeStartObject();
                out.writeStringField("field", search.field());
                out.writeStringField("plan", search.plan());
                out.writeNumberField("expansions", search.expansions());
                out.writeNumberField("estimated", search.estimated());
                out.writeNumberField("computations", search.computations());
                out.writeNumberField("nanos", search.nanos());
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private static void groups(JsonGenerator out, List<PointGroup> groups, AskedGroups asked) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("groups");
        for (PointGroup group : groups) {
            out.writeStartObject();
            out.writeFieldName("hits");
            Reply.scored(out, group.hits(), asked.selection());
            out.writeFieldName("id");
            Reply.value(out, group.id());
            if (asked.grouping().lookup() != null) {
                out.writeFieldName("lookup");
                Hit lookup = group.lookup();
                if (lookup == null) {
                    out.writeNull();
                } else {
                    Reply.record(out, lookup, asked.lookups());
                }
            }
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void pairs(JsonGenerator out, Matrix matrix) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("pairs");
        for (Matrix.Cell cell : matrix.nearest()) {
            out.writeStartObject();
            out.writeFieldName("a");
            Reply.id(out, matrix.ids().get(cell.row()));
            out.writeFieldName("b");
            Reply.id(out, matrix.ids().get(cell.column()));
            out.writeNumberField("score", cell.score());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void offsets(JsonGenerator out, Matrix matrix) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("offsets_row");
        for (Matrix.Cell cell : matrix.nearest()) {
            out.writeNumber(cell.row());
        }
        out.writeEndArray();
        out.writeArrayFieldStart("offsets_col");
        for (Matrix.Cell cell : matrix.nearest()) {
            out.writeNumber(cell.column());
        }
        out.writeEndArray();
        out.writeArrayFieldStart("scores");
        for (Matrix.Cell cell : matrix.nearest()) {
            out.writeNumber(cell.score());
        }
        out.writeEndArray();
        out.writeArrayFieldStart("ids");
        for (PointId id : matrix.ids()) {
            Reply.id(out, id);
        }
        out.writeEndArray();
        out.writeEndObject();
    }
}
