package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.protocol.BadParameter;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// The files of forms (`multipart/form-data`), held in memory; the bound on bodies bounds them.
final class Uploads {
    private static final String KEY = "openai.uploads";

    private Uploads() {}

    /// @param field of the form
    record Upload(String field, String fileName, Buffer content) {}

    /// A handler that reads forms itself and leaves other bodies to `others`.
    ///
    /// @param maxBytes of a form with all its files
    static Handler<RoutingContext> gather(long maxBytes, Handler<RoutingContext> others) {
        return ctx -> {
            String type = ctx.request().getHeader(HttpHeaders.CONTENT_TYPE);
            if (type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
                read(ctx, maxBytes);
            } else {
                others.handle(ctx);
            }
        };
    }

    private static void read(RoutingContext ctx, long maxBytes) {
        HttpServerRequest request = ctx.request();
        var uploads = new ArrayList<Upload>();
        var isOver = new AtomicBoolean();
        var length = new AtomicLong();
        ctx.put(KEY, uploads);
        request.setExpectMultipart(true);
        request.uploadHandler(upload -> {
            Buffer content = Buffer.buffer();
            upload.handler(content::appendBuffer);
            uploads.add(new Upload(upload.name(), upload.filename() == null ? "" : upload.filename(), content));
        });
        request.handler(piece -> {
            if (length.addAndGet(piece.length()) > maxBytes && isOver.compareAndSet(false, true)) {
                ctx.fail(413);
            }
        });
        request.exceptionHandler(broken -> {
            if (isOver.compareAndSet(false, true)) {
                ctx.fail(400, broken);
            }
        });
        request.endHandler(end -> {
            if (isOver.compareAndSet(false, true)) {
                ctx.next();
            }
        });
        request.resume();
    }

    static List<Upload> of(RoutingContext ctx) {
        List<Upload> uploads = ctx.get(KEY);
        return uploads == null ? List.of() : uploads;
    }

    /// The file of one field, whether its name ends in `[]` or not.
    static Optional<Upload> find(RoutingContext ctx, String field) {
        return of(ctx).stream()
                .filter(upload -> upload.field().equals(field) || upload.field().equals(field + "[]"))
                .findFirst();
    }

    static Upload required(RoutingContext ctx, String field) {
        return find(ctx, field).orElseThrow(() -> BadParameter.missing(field));
    }

    static Optional<String> text(RoutingContext ctx, String field) {
        return Optional.ofNullable(ctx.request().getFormAttribute(field)).filter(text -> !text.isEmpty());
    }

    static String choice(RoutingContext ctx, String field, String otherwise, List<String> supported) {
        String value = text(ctx, field).orElse(otherwise);
        if (!supported.contains(value)) {
            throw BadParameter.value(field, value, supported);
        }
        return value;
    }
}
