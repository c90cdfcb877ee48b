package dev.pagoda.deploy.console;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.http.Authenticator;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/// Who may look: anyone on this machine, and from elsewhere whoever has an administrator's key, for the page
/// shows every tenant's traffic and money. The key comes as a bearer token, as `api-key`, or as the password
/// of HTTP Basic, which a browser asks for by itself.
///
/// "On this machine" needs three things at once. The peer's address is loopback. The `Host` header names a
/// loopback address or `localhost`: a page of a foreign site whose name was rebound to 127.0.0.1 still sends
/// that name. And no proxy has signed the request, because behind a proxy on this machine every peer looks
/// local. The port is not compared: a tunnel (`ssh -L`) changes it and gains nothing by it.
public final class LoopbackGate implements Handler<RoutingContext> {

    private static final String[] PROXY_HEADERS = {
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"
    };

    private final Authenticator authenticator;

    public LoopbackGate(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public void handle(RoutingContext context) {
        if (isLocal(context.request())) {
            context.next();
            return;
        }
        var key = key(context.request());
        if (key.isEmpty()) {
            refuse(context);
            return;
        }
        context.request().pause();
        authenticator.authenticate(key.get()).onComplete(found -> {
            context.request().resume();
            if (found.succeeded() && found.result().filter(Principal::isAdmin).isPresent()) {
                context.next();
            } else {
                refuse(context);
            }
        });
    }

    static boolean isLocal(HttpServerRequest request) {
        var peer = request.remoteAddress();
        var authority = request.authority();
        if (peer == null || authority == null) {
            return false;
        }
        for (var header : PROXY_HEADERS) {
            if (request.headers().contains(header)) {
                return false;
            }
        }
        var address = peer.hostAddress();
        return address != null && isLocal(address, authority.host());
    }

    static boolean isLocal(String peerAddress, String host) {
        return isLoopback(peerAddress) && (host.equalsIgnoreCase("localhost") || isLoopback(host));
    }

    private static boolean isLoopback(String address) {
        var bare =
                address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
        try {
            return InetAddress.ofLiteral(bare).isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    static Optional<String> key(HttpServerRequest request) {
        var plain = request.getHeader("api-key");
        if (plain != null) {
            return Optional.of(plain.strip());
        }
        var authorization = request.getHeader("Authorization");
        if (authorization == null) {
            return Optional.empty();
        }
        var space = authorization.indexOf(' ');
        var scheme = space < 0 ? authorization : authorization.substring(0, space);
        var rest = space < 0 ? "" : authorization.substring(space + 1).strip();
        return switch (scheme.toLowerCase(Locale.ROOT)) {
            case "bearer" -> Optional.of(rest);
            case "basic" -> password(rest);
            default -> Optional.empty();
        };
    }

    private static Optional<String> password(String credentials) {
        try {
            var pair = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
            var colon = pair.indexOf(':');
            return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static void refuse(RoutingContext context) {
        context.response()
                .setStatusCode(401)
                .putHeader(
                        "WWW-Authenticate",
                        "Basic realm=\"Pagoda console: any name, an administrator's key as the password\", charset=\"UTF-8\"")
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .end("The console is open on this machine only; from elsewhere it needs an administrator's API key.\n");
    }
}
