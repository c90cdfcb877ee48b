package dev.pagoda.gateway.protocol;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// A document on the class path, read once, as an answer: the OpenAPI descriptions of routes.
public final class PlatformDocument {
    private PlatformDocument() {}

    /// @param resource such as `/openapi/limits.json`
    public static Handler<RoutingContext> of(String resource) {
        Buffer document = read(resource);
        return ctx -> ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(document)
                .onFailure(gone -> {});
    }

    private static Buffer read(String resource) {
        try (InputStream document = PlatformDocument.class.getResourceAsStream(resource)) {
            if (document == null) {
                throw new IllegalStateException("resource " + resource + " is missing");
            }
            return Buffer.buffer(document.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
