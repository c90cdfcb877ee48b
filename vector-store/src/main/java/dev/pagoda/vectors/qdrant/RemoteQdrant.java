package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.vectors.api.CollectionChanged;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Hits;
import dev.pagoda.vectors.api.PointCount;
import dev.pagoda.vectors.api.PointsWritten;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.api.ScrollPoints;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.Vectors;
import dev.pagoda.vectors.api.VectorsStatus;
import dev.pagoda.vectors.api.VectorsStatus.CollectionStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Answers the ports of [Vectors] from another Qdrant server, over REST.
///
/// A tenant's collection `docs` is `pagoda.TENANT.docs` there, so that tenants that share a server do not meet. What is
/// promised is what that server promises: a batch may be stored in part when it fails. A query that it cannot be asked
/// is refused, and so is `explain`.
public final class RemoteQdrant {
    private static final String PREFIX = "pagoda.";
    private static final int CONNECTIONS = 32;
    private static final int WAITING = 1_024;
    private static final int MOST_LISTED = 200;

    private final HttpClient client;
    private final URI server;
    private final String apiKey;
    private final List<Registration> served = new ArrayList<>();

    /// @param server `http` or `https`, with a port unless it is 6333
    /// @param apiKey empty for none
    public RemoteQdrant(Vertx vertx, URI server, String apiKey) {
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(5_000).setSsl(isSecure(server)),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
        this.server = server;
        this.apiKey = apiKey;
    }

    private static boolean isSecure(URI server) {
        return "https".equals(server.getScheme());
    }

    public void serve(Bus bus) {
        served.add(bus.serve(Vectors.CREATE_COLLECTION, this::create));
        served.add(bus.serve(Vectors.DELETE_COLLECTION, this::drop));
        served.add(bus.serve(Vectors.UPSERT, this::upsert));
        served.add(bus.serve(Vectors.DELETE_POINTS, this::delete));
        served.add(bus.serve(Vectors.QUERY, this::query));
        served.add(bus.serve(Vectors.EXPLAIN, RemoteQdrant::explain));
        served.add(bus.serve(Vectors.COUNT, this::count));
        served.add(bus.serve(Vectors.SCROLL, this::scroll));
        served.add(bus.serve(Vectors.STATUS, this::status));
    }

    /// Takes the ports back and closes the connections.
    public Future<Void> withdraw() {
        return Future.join(served.stream().map(Registration::withdraw).toList())
                .eventually(client::close)
                .mapEmpty();
    }

    private Future<CollectionChanged> create(CreateCollection question, Call call) {
        return ask(
                        call,
                        HttpMethod.PUT,
                        path(question.collection(), call, ""),
                        out -> RemoteBodies.config(out, question.config()),
                        Json::flag,
                        true)
                .map(CollectionChanged::new)
                .recover(failure -> question.ifAbsent()
                                && failure instanceof Refused refused
                                && refused.refusal().reason() == Reason.CONFLICT
                        ? Future.succeededFuture(new CollectionChanged(false))
                        : Future.failedFuture(failure));
    }

    private Future<CollectionChanged> drop(DeleteCollection question, Call call) {
        return ask(call, HttpMethod.DELETE, path(question.collection(), call, ""), null, Json::flag, false)
                .map(CollectionChanged::new);
    }

    private Future<PointsWritten> upsert(UpsertPoints question, Call call) {
        return written(
                call,
                HttpMethod.PUT,
                path(question.collection(), call, "/points?wait=true"),
                out -> RemoteBodies.points(out, question.points()));
    }

    private Future<PointsWritten> delete(DeletePoints question, Call call) {
        return written(
                call,
                HttpMethod.POST,
                path(question.collection(), call, "/points/delete?wait=true"),
                out -> RemoteBodies.selector(out, question.selector()));
    }

    private Future<PointsWritten> written(Call call, HttpMethod method, String path, Reply.Content body) {
        return ask(
                        call,
                        method,
                        path,
                        body,
                        in -> {
                            long[] operation = {0};
                            Json.object(in, (field, each) -> {
                                if (field.equals("operation_id") && !Json.isNull(each)) {
                                    operation[0] = each.getLongValue();
                                } else {
                                    each.skipChildren();
                                }
                            });
                            return operation[0];
                        },
                        0L)
                .map(PointsWritten::new);
    }

    private Future<Hits> query(QueryPoints question, Call call) {
        return ask(
                        call,
                        HttpMethod.POST,
                        path(question.collection(), call, "/points/query"),
                        out -> RemoteBodies.query(out, question.query(), question.withVectors()),
                        RemoteBodies::page,
                        new ScrollPage(List.of(), null))
                .map(page -> new Hits(page.points()));
    }

    private static Future<ExplainedHits> explain(QueryPoints question, Call call) {
        return Future.failedFuture(Faults.unsupported("`explain` against another server"));
    }

    private Future<PointCount> count(CountPoints question, Call call) {
        return ask(
                        call,
                        HttpMethod.POST,
                        path(question.collection(), call, "/points/count"),
                        out -> {
                            out.writeStartObject();
                            RemoteBodies.filter(out, question.filter());
                            out.writeBooleanField("exact", true);
                            out.writeEndObject();
                        },
                        in -> number(in, "count"),
                        0L)
                .map(PointCount::new);
    }

    private Future<ScrollPage> scroll(ScrollPoints question, Call call) {
        return ask(
                call,
                HttpMethod.POST,
                path(question.collection(), call, "/points/scroll"),
                out -> RemoteBodies.scroll(out, question),
                RemoteBodies::page,
                new ScrollPage(List.of(), null));
    }

    /// The caller's collections and how many points they have; nothing else is known of them.
    private Future<VectorsStatus> status(StatusQuery question, Call call) {
        String mine = call.principal().isPlatform() ? PREFIX : PREFIX + call.tenant() + ".";
        return ask(call, HttpMethod.GET, "/collections", null, RemoteQdrant::names, List.<String>of())
                .compose(names -> Future.join(names.stream()
                        .filter(name -> name.startsWith(mine) && name.indexOf('.', PREFIX.length()) > 0)
                        .limit(MOST_LISTED)
                        .map(name -> status(name, call))
                        .toList()))
                .map(all -> new VectorsStatus(all.list(), "of " + server.getHost()));
    }

    private Future<CollectionStatus> status(String name, Call call) {
        int dot = name.indexOf('.', PREFIX.length());
        return ask(call, HttpMethod.GET, "/collections/" + encoded(name), null, in -> number(in, "points_count"), 0L)
                .map(points -> new CollectionStatus(
                        name.substring(PREFIX.length(), dot), name.substring(dot + 1), points, List.of(), 0, 0, 0));
    }

    private static long number(JsonParser in, String name) throws IOException {
        long[] number = {0};
        Json.object(in, (field, each) -> {
            if (field.equals(name) && !Json.isNull(each)) {
                number[0] = each.getLongValue();
            } else {
                each.skipChildren();
            }
        });
        return number[0];
    }

    private static List<String> names(JsonParser in) throws IOException {
        List<String> names = new ArrayList<>();
        Json.object(in, (field, each) -> {
            if (field.equals("collections")) {
                Json.array(
                        each,
                        one -> Json.object(one, (key, value) -> {
                            if (key.equals("name")) {
                                names.add(Json.text(value));
                            } else {
                                value.skipChildren();
                            }
                        }));
            } else {
                each.skipChildren();
            }
        });
        return names;
    }

    private static String path(String collection, Call call, String below) {
        return "/collections/" + encoded(PREFIX + call.tenant() + "." + collection) + below;
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private <T> Future<T> ask(
            Call call, HttpMethod method, String path, Reply.@Nullable Content body, Json.Reader<T> reader, T absent) {
        Buffer sent;
        try {
            sent = body == null ? Buffer.buffer() : Reply.json(body);
        } catch (Refused refused) {
            return Future.failedFuture(refused);
        }
        int port = server.getPort() < 0 ? 6333 : server.getPort();
        String prefix = server.getPath() == null ? "" : server.getPath().replaceAll("/+$", "");
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost(server.getHost())
                .setPort(port)
                .setSsl(isSecure(server))
                .setURI(prefix + path)
                .setTimeout(Math.max(1, call.remaining().toMillis()))
                .putHeader("content-type", "application/json");
        if (!apiKey.isEmpty()) {
            options.putHeader("api-key", apiKey);
        }
        return client.request(options)
                .compose(request -> request.send(sent))
                .compose(response -> response.body().map(answer -> read(response, answer, reader, absent)))
                .timeout(Math.max(1, call.remaining().toMillis()), TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(refusal(failure)));
    }

    private <T> T read(HttpClientResponse response, Buffer answer, Json.Reader<T> reader, T absent) {
        int status = response.statusCode();
        try {
            if (status == 200) {
                return Json.body(Json.FACTORY, answer, in -> {
                    T result = RemoteBodies.result(in, reader);
                    return result == null ? absent : result;
                });
            }
            throw refused(status, Json.body(Json.FACTORY, answer, RemoteBodies::error));
        } catch (Refused unread) {
            if (unread.refusal().code().equals("format_error")) {
                throw new Refused(
                        Reason.UNAVAILABLE,
                        "external_store",
                        server + " answered " + status + " with something else than Qdrant's JSON");
            }
            throw unread;
        }
    }

    private Refused refused(int status, String error) {
        String message = error.isEmpty() ? server + " answered " + status : error;
        return switch (status) {
            case 400 -> new Refused(Reason.INVALID, "bad_request", message);
            case 401, 403 ->
                new Refused(Reason.UNAVAILABLE, "external_store", server + " does not take our key: " + message);
            case 404 -> new Refused(Reason.NOT_FOUND, "collection_not_found", message);
            case 409 -> new Refused(Reason.CONFLICT, "collection_exists", message);
            case 422 -> new Refused(Reason.UNPROCESSABLE, "validation_error", message);
            case 429 -> new Refused(Reason.EXHAUSTED, "overloaded", message);
            default -> new Refused(Reason.UNAVAILABLE, "external_store", message);
        };
    }

    private Throwable refusal(Throwable failure) {
        return failure instanceof Refused
                ? failure
                : new Refused(
                        Reason.UNAVAILABLE, "external_store", server + " cannot be reached: " + failure.getMessage());
    }
}
