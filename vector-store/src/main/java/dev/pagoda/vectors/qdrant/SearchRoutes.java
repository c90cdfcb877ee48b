package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.vectors.api.Hit;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The paths that rank points.
final class SearchRoutes {
    private static final String POINTS = Endpoints.POINTS;

    private final Endpoints endpoints;

    SearchRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.query(surface, POINTS + "/query", request -> {
            QueryBodies.Asked asked = request.read(QueryBodies::query);
            List<Hit> hits = hits(request, asked);
            return out -> wrapped(out, hits, asked.selection());
        });
        endpoints.query(surface, POINTS + "/search", request -> {
            QueryBodies.Asked asked = request.read(QueryBodies::search);
            List<Hit> hits = hits(request, asked);
            return out -> Reply.scored(out, hits, asked.selection());
        });
        endpoints.query(surface, POINTS + "/query/batch", request -> {
            List<QueryBodies.Asked> all = request.read(in -> QueryBodies.batch(in, QueryBodies::query));
            return batch(request, all, SearchRoutes::wrapped);
        });
        endpoints.query(surface, POINTS + "/search/batch", request -> {
            List<QueryBodies.Asked> all = request.read(in -> QueryBodies.batch(in, QueryBodies::search));
            return batch(request, all, Reply::scored);
        });
    }

    private List<Hit> hits(Endpoints.Request request, QueryBodies.Asked asked) {
        return request.collection()
                .query(
                        asked.query(),
                        asked.selection().vectors(),
                        endpoints.services().recall());
    }

    private Reply.Content batch(Endpoints.Request request, List<QueryBodies.Asked> all, HitsWriter writer) {
        List<List<Hit>> results = new ArrayList<>(all.size());
        for (QueryBodies.Asked asked : all) {
            results.add(hits(request, asked));
        }
        request.services().alsoQueried(request.call(), all.size() - 1);
        return out -> {
            out.writeStartArray();
            for (int i = 0; i < all.size(); i++) {
                writer.write(out, results.get(i), all.get(i).selection());
            }
            out.writeEndArray();
        };
    }

    private interface HitsWriter {
        void write(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException;
    }

    private static void wrapped(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException {
        out.writeStartObject();
        out.writeFieldName("points");
        Reply.scored(out, hits, selection);
        out.writeEndObject();
    }
}
