package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.FacetHit;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.collection.Change;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The paths that write points and read them by id, by order or by number.
final class PointRoutes {
    private static final String POINTS = Endpoints.POINTS;

    private final Endpoints endpoints;

    PointRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.change(surface, HttpMethod.PUT, POINTS, this::upsert);
        endpoints.edit(surface, HttpMethod.POST, POINTS + "/delete", PointBodies::delete);
        endpoints.edit(surface, HttpMethod.POST, POINTS + "/payload", PointBodies::setPayload);
        endpoints.edit(surface, HttpMethod.PUT, POINTS + "/payload", PointBodies::overwritePayload);
        endpoints.edit(surface, HttpMethod.POST, POINTS + "/payload/delete", PointBodies::deletePayload);
        endpoints.edit(surface, HttpMethod.POST, POINTS + "/payload/clear", PointBodies::clearPayload);
        endpoints.edit(surface, HttpMethod.PUT, POINTS + "/vectors", PointBodies::updateVectors);
        endpoints.edit(surface, HttpMethod.POST, POINTS + "/vectors/delete", PointBodies::deleteVectors);
        endpoints.on(surface, HttpMethod.POST, POINTS + "/batch", this::batch);
        endpoints.read(surface, HttpMethod.POST, POINTS, request -> {
            ListBodies.Retrieve asked = request.read(ListBodies.Retrieve::read);
            request.collection().requireFields(asked.selection().names());
            List<Hit> hits =
                    request.collection().retrieve(asked.ids(), asked.selection().vectors());
            return out -> Reply.records(out, hits, asked.selection());
        });
        endpoints.read(surface, HttpMethod.GET, POINTS + "/:id", this::getPoint);
        endpoints.read(surface, HttpMethod.POST, POINTS + "/scroll", this::scroll);
        endpoints.read(surface, HttpMethod.POST, POINTS + "/count", PointRoutes::count);
        endpoints.read(surface, HttpMethod.POST, "/collections/:name/facet", PointRoutes::facet);
    }

    private static Reply.Content count(Endpoints.Request request) {
        ListBodies.Count asked = request.read(ListBodies.Count::read);
        Collection collection = request.collection();
        long count = asked.exact() ? collection.count(asked.filter()) : collection.estimate(asked.filter());
        return out -> {
            out.writeStartObject();
            out.writeNumberField("count", count);
            out.writeEndObject();
        };
    }

    private static Reply.Content facet(Endpoints.Request request) {
        ListBodies.Facet asked = request.read(ListBodies.Facet::read);
        List<FacetHit> hits = request.collection().facet(asked.key(), asked.filter(), asked.limit());
        return out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("hits");
            for (FacetHit hit : hits) {
                out.writeStartObject();
                out.writeFieldName("value");
                Reply.value(out, hit.value());
                out.writeNumberField("count", hit.count());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        };
    }

    private Optional<Written> upsert(Endpoints.Request request) {
        Change change = request.read(PointBodies::upsert);
        Optional<Written> written = Optional.of(request.collection().write(List.of(change)));
        countPoints(request, List.of(change));
        return written;
    }

    private CompletableFuture<Buffer> batch(Endpoints.Request asked) {
        int[] operations = {0};
        return endpoints.written(
                asked,
                request -> {
                    List<Change> changes = request.read(PointBodies::operations);
                    operations[0] = changes.size();
                    Optional<Written> written = Optional.of(request.collection().write(changes));
                    countPoints(request, changes);
                    return written;
                },
                (done, waited, out) -> {
                    out.writeStartArray();
                    for (int i = 0; i < operations[0]; i++) {
                        Reply.updateResult(out, done.orElse(0L), waited);
                    }
                    out.writeEndArray();
                });
    }

    private static void countPoints(Endpoints.Request request, List<Change> changes) {
        for (Change change : changes) {
            if (change instanceof Change.Upsert upsert) {
                request.services().stored(request.call(), upsert.points().size());
            }
        }
    }

    private Reply.Content getPoint(Endpoints.Request request) {
        PointId id = pathId(request.path().getOrDefault("id", ""));
        List<Hit> found = request.collection().retrieve(List.of(id), true);
        if (found.isEmpty()) {
            throw Refusals.pointNotFound("Point with id " + id + " does not exists!");
        }
        return out -> Reply.record(out, found.getFirst(), Selection.of(true, true));
    }

    private Reply.Content scroll(Endpoints.Request request) {
        ListBodies.Scroll asked = request.read(ListBodies.Scroll::read);
        Collection collection = request.collection();
        collection.requireFields(asked.selection().names());
        boolean withVectors = asked.selection().vectors();
        OrderBy order = asked.order();
        ScrollPage page = order == null
                ? collection.scroll(asked.filter(), asked.from(), asked.limit(), withVectors)
                : new ScrollPage(collection.scroll(order, asked.filter(), asked.limit(), withVectors), null);
        return out -> {
            out.writeStartObject();
            out.writeFieldName("points");
            Reply.records(out, page.points(), asked.selection());
            out.writeFieldName("next_page_offset");
            PointId next = page.next();
            if (next == null) {
                out.writeNull();
            } else {
                Reply.id(out, next);
            }
            out.writeEndObject();
        };
    }

    private static PointId pathId(String text) {
        try {
            if (!text.isEmpty() && text.length() <= 20 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                BigInteger number = new BigInteger(text);
                if (number.bitLength() <= Long.SIZE) {
                    return PointId.of(number.longValue());
                }
            }
            return PointId.ofUuid(text);
        } catch (IllegalArgumentException noUuid) {
            throw Faults.badRequest("Can not recognize \"" + text + "\" as point id");
        }
    }
}
