package dev.pagoda.deploy.console;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The page's files, read once from the classpath and served with an ETag.
///
/// Only names of this list are served, so there is no path to escape from. Everything is `no-cache`: a
/// browser asks again and is answered 304, and a new version of the platform never meets an old script.
final class PageFiles implements Handler<RoutingContext> {

    static final String INDEX = "index.html";

    static final List<String> NAMES = List.of(
            INDEX,
            "console.css",
            "house.css",
            "rooms.css",
            "screens.css",
            "app.js",
            "feed.js",
            "series.js",
            "chart.js",
            "format.js",
            "house.js",
            "floors.js",
            "pillar.js",
            "parts.js",
            "pagoda.svg",
            "vendor/preact.mjs",
            "vendor/htm.mjs",
            "vendor/uPlot.esm.js",
            "vendor/uPlot.min.css",
            "vendor/inter-latin-wght-normal.woff2",
            "vendor/README",
            "vendor/LICENSE.preact",
            "vendor/LICENSE.htm",
            "vendor/LICENSE.uplot",
            "vendor/LICENSE.inter");

    private record PageFile(Buffer body, String type, String etag) {}

    private final Map<String, PageFile> files = new LinkedHashMap<>();

    PageFiles() {
        for (var name : NAMES) {
            files.put(name, read(name));
        }
    }

    @Override
    public void handle(RoutingContext context) {
        var method = context.request().method();
        var path = context.request().path();
        if (path.equals("/console/")) {
            context.response()
                    .setStatusCode(308)
                    .putHeader("Location", "/console")
                    .end();
            return;
        }
        var file = find(path);
        if (file == null) {
            context.response()
                    .setStatusCode(404)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end("The console has no such page.\n");
            return;
        }
        if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            context.response()
                    .setStatusCode(405)
                    .putHeader("Allow", "GET, HEAD")
                    .end();
            return;
        }
        var response = context.response()
                .putHeader("ETag", file.etag())
                .putHeader("Cache-Control", "no-cache")
                .putHeader("Content-Type", file.type());
        if (names(context.request().getHeader("If-None-Match"), file.etag())) {
            response.setStatusCode(304).end();
        } else if (method.equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(file.body().length()))
                    .end();
        } else {
            response.end(file.body());
        }
    }

    private @Nullable PageFile find(String path) {
        if (path.equals("/console")) {
            return files.get(INDEX);
        }
        return path.startsWith("/console/") ? files.get(path.substring("/console/".length())) : null;
    }

    /// Weak comparison, as RFC 9110 section 13.1.2 asks for.
    private static boolean names(@Nullable String header, String etag) {
        if (header == null) {
            return false;
        }
        for (var candidate : header.split(",", 64)) {
            var tag = candidate.strip();
            if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }

    private static PageFile read(String name) {
        try (var in = PageFiles.class.getResourceAsStream("/console/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the console's file " + name + " is not on the class path");
            }
            var bytes = in.readAllBytes();
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new PageFile(
                    Buffer.buffer(bytes), type(name), '"' + HexFormat.of().formatHex(digest, 0, 12) + '"');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js", "mjs" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "woff2" -> "font/woff2";
            default -> "text/plain; charset=utf-8";
        };
    }
}
