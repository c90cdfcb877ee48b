package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.collection.Change;
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
            QueryBodies.Retrieve asked = request.read(QueryBodies.Retrieve::read);
            List<Hit> hits =
                    request.collection().retrieve(asked.ids(), asked.selection().vectors());
            return out -> Reply.records(out, hits, asked.selection());
        });
        endpoints.read(surface, HttpMethod.GET, POINTS + "/:id", this::getPoint);
        endpoints.read(surface, HttpMethod.POST, POINTS + "/scroll", this::scroll);
        endpoints.read(surface, HttpMethod.POST, POINTS + "/count", request -> {
            Filter filter = request.read(QueryBodies::count);
            long count = request.collection().count(filter);
            return out -> {
                out.writeStartObject();
                out.writeNumberField("count", count);
                out.writeEndObject();
            };
        });
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
        QueryBodies.Scroll asked = request.read(QueryBodies.Scroll::read);
        ScrollPage page = request.collection()
                .scroll(
                        asked.filter(),
                        asked.from(),
                        asked.limit(),
                        asked.selection().vectors());
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
