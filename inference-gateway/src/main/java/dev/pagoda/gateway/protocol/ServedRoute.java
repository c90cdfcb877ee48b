package dev.pagoda.gateway.protocol;

import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A method and a path that a router answers.
///
/// @param method in lower case
/// @param path   parameters in braces, as OpenAPI writes them
public record ServedRoute(String method, String path) implements Comparable<ServedRoute> {
    private static final Pattern PARAMETER = Pattern.compile(":([A-Za-z0-9_]+)");
    private static final Comparator<ServedRoute> ORDER =
            Comparator.comparing(ServedRoute::path).thenComparing(ServedRoute::method);

    /// What a router answers, sub-routers and mounted surfaces included; routes without a method of their own, which
    /// only look at requests in passing, are left out.
    ///
    /// @param passed how many of the router's first routes to pass over
    public static SortedSet<ServedRoute> of(Router root, int passed) {
        var found = new TreeSet<ServedRoute>();
        List<Route> routes = root.getRoutes();
        collect(routes.subList(passed, routes.size()), "", found);
        return found;
    }

    private static void collect(List<Route> routes, String prefix, SortedSet<ServedRoute> into) {
        for (Route route : routes) {
            String path = route.getPath();
            Router surface = route.getMetadata(HttpFloor.SURFACE);
            if (surface != null) {
                collect(surface.getRoutes(), "", into);
            } else if (route.getSubRouter() != null) {
                collect(route.getSubRouter().getRoutes(), path.replaceAll("/?\\*?$", ""), into);
            } else if (path != null && route.methods() != null) {
                String full = PARAMETER.matcher(prefix + path).replaceAll("{$1}");
                for (HttpMethod method : route.methods()) {
                    into.add(new ServedRoute(method.name().toLowerCase(Locale.ROOT), full));
                }
            }
        }
    }

    @Override
    public int compareTo(ServedRoute other) {
        return ORDER.compare(this, other);
    }
}
