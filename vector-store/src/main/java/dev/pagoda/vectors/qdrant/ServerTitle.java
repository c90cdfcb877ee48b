package dev.pagoda.vectors.qdrant;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/// `GET /`: clients of Qdrant read the version here; a browser is sent to the console.
final class ServerTitle {
    static final String TITLE = "qdrant - vector search engine";

    /// The Qdrant whose protocol is spoken; clients compare it with their own version.
    static final String QDRANT_VERSION = "1.19.0";

    /// There is no commit of Qdrant behind this server.
    private static final String NO_COMMIT = "0".repeat(40);

    private ServerTitle() {}

    static void answer(RoutingContext ctx) {
        String accept = ctx.request().getHeader(HttpHeaders.ACCEPT);
        if (accept != null && accept.contains("text/html")) {
            ctx.response()
                    .setStatusCode(302)
                    .putHeader(HttpHeaders.LOCATION, "/console")
                    .end();
            return;
        }
        ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(Reply.json(out -> {
            out.writeStartObject();
            out.writeStringField("title", TITLE);
            out.writeStringField("version", QDRANT_VERSION);
            out.writeStringField("commit", NO_COMMIT);
            out.writeEndObject();
        }));
    }
}
