package dev.pagoda.governance.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/// Requests whose head is no sound HTTP/1: too long, malformed, or such that two readers could see two different
/// requests in it. They are refused in the form of the protocol that their path belongs to, and their connection is
/// closed, since nobody knows where the next request on it begins.
///
/// Beside what the parser itself refuses (`Content-Length` twice or with `Transfer-Encoding`, lines without CR, blanks
/// before a colon, control characters; RFC 9112 sections 3, 5 and 6), that is a second `Host` and any transfer coding
/// but `chunked`.
public final class RequestHeads {
    private RequestHeads() {}

    /// Whether the head leaves one reading. To be asked before a request is answered.
    public static boolean isSound(HttpServerRequest request) {
        if (request.headers().getAll(HttpHeaders.HOST).size() > 1) {
            return false;
        }
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        return switch (codings.size()) {
            case 0 -> true;
            case 1 -> codings.getFirst().equalsIgnoreCase("chunked");
            default -> false;
        };
    }

    /// A route's handler that fails bad requests, so that the surface of their path answers.
    public static void check(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (!request.decoderResult().isSuccess()) {
            refuse(
                    ctx,
                    switch (request.decoderResult().cause()) {
                        case TooLongHttpLineException _ -> 414;
                        case TooLongHttpHeaderException _ -> 431;
                        case null, default -> 400;
                    });
        } else if (isSound(request)) {
            ctx.next();
        } else {
            refuse(ctx, 400);
        }
    }

    private static void refuse(RoutingContext ctx, int status) {
        ctx.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        ctx.addEndHandler(_ -> ctx.request().connection().close());
        ctx.fail(status);
    }
}
