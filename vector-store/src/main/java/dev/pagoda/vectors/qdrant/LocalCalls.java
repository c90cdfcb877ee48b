package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Requests.Protocol;
import dev.pagoda.vectors.collection.Services;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The calls of the HTTP paths for another protocol in this process: the same methods, paths, checks, limits and
/// answers, with bodies that are the same objects in CBOR. So whatever one protocol learns the other knows.
///
/// Safe from any thread.
public final class LocalCalls {
    /// How a server of Qdrant's protocol names itself.
    public static final String TITLE = ServerTitle.TITLE;

    /// The Qdrant whose protocol is spoken.
    public static final String VERSION = ServerTitle.QDRANT_VERSION;

    private final Endpoints endpoints;

    LocalCalls(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    /// Writes the object that a body is.
    public interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    /// Reads what stands behind `result`, from its first token to its last.
    public interface Reader<T> {
        T read(JsonParser in) throws IOException;
    }

    /// One call.
    ///
    /// @param route method and pattern of the path, for example `GET /collections/:name`
    /// @param path  what stands for the names in the pattern
    /// @param body  null if it has none
    /// @param waits whether a write is to be answered as `completed`
    /// @param timeout how long the caller waits if it says so
    public record Question(
            String route,
            Map<String, String> path,
            @Nullable Body body,
            boolean waits,
            Optional<Duration> timeout) {
        public Question {
            path = Map.copyOf(path);
        }
    }

    /// Asks; the answer is for [#read]. Refusals come through the future or at once.
    public CompletableFuture<Buffer> ask(Call call, Question question) {
        var work = endpoints
                .served(question.route())
                .orElseThrow(() -> new Refused(
                        Reason.METHOD_NOT_ALLOWED,
                        "not_implemented",
                        question.route() + " is not implemented by this server"));
        Body body = question.body();
        return work.apply(new Endpoints.Request(
                endpoints.services(),
                question.timeout().map(wait -> Endpoints.earlier(call, wait)).orElse(call),
                question.path(),
                Json.BINARY,
                Coded.plain(body == null ? Buffer.buffer() : Reply.encoded(Json.BINARY, body::write)),
                new Parameters(question.waits(), question.timeout(), MultiMap.caseInsensitiveMultiMap()),
                System.nanoTime()));
    }

    /// Reads the result of an answer.
    public static <T> T read(Buffer answer, Reader<T> reader) throws IOException {
        try (JsonParser in = Json.BINARY.createParser(answer.getBytes())) {
            in.nextToken();
            while (in.nextToken() != null) {
                String field = in.currentName();
                in.nextToken();
                if ("result".equals(field)) {
                    return reader.read(in);
                }
                in.skipChildren();
            }
        }
        throw new IllegalStateException("an answer without a result");
    }

    /// Counts an answer for Qdrant's own figures.
    ///
    /// @param collection that was asked about, empty if it was none
    /// @param method     `qdrant.Points/Upsert`
    /// @param status     number of the gRPC status
    public void answered(Call call, String collection, String method, int status, long nanos) {
        Services services;
        try {
            services = endpoints.services();
        } catch (Refused stopped) {
            return;
        }
        String known = collection.isEmpty()
                ? ""
                : services.catalogue()
                        .find(call.tenant(), collection)
                        .map(Collection::name)
                        .orElse("");
        services.meters().requests().answered(call.tenant(), known, Protocol.GRPC, "/" + method, status, nanos);
    }

    /// A refusal in Qdrant's words.
    public static String message(Refusal refusal) {
        return Faults.prefix(refusal).replace(" in JSON body", " in body") + refusal.message();
    }
}
