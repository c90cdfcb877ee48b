package dev.pagoda.workflow.openai;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Some rows of a list.
///
/// @param hasMore whether rows follow them
record Page<T>(List<T> rows, boolean hasMore) {
    private static final int MAX_LIMIT = 100;
    private static final String DEFAULT_LIMIT = "20";

    /// The page that a request asks for by `order`, `after`, `before` and `limit`.
    ///
    /// @param rows oldest first
    static <T> Page<T> of(List<T> rows, Function<T, String> id, HttpServerRequest request) {
        List<T> ordered = isAscending(request.getParam("order")) ? rows : rows.reversed();
        int from = position(ordered, id, request.getParam("after"), "after") + 1;
        String before = request.getParam("before");
        int to = before == null ? ordered.size() : position(ordered, id, before, "before");
        int limit = limit(request.getParam("limit", DEFAULT_LIMIT));
        if (to - from <= limit) {
            return new Page<>(ordered.subList(Math.min(from, to), to), false);
        }
        // of what lies before a row, that which is next to it
        return before != null && request.getParam("after") == null
                ? new Page<>(ordered.subList(to - limit, to), true)
                : new Page<>(ordered.subList(from, from + limit), true);
    }

    private static boolean isAscending(@Nullable String order) {
        if (order == null || order.equals("desc")) {
            return false;
        }
        if (order.equals("asc")) {
            return true;
        }
        throw Body.invalid("Invalid value for 'order': expected asc or desc.");
    }

    /// @return -1 for no row named
    private static <T> int position(List<T> rows, Function<T, String> id, @Nullable String wanted, String name) {
        if (wanted == null) {
            return -1;
        }
        for (int i = 0; i < rows.size(); i++) {
            if (id.apply(rows.get(i)).equals(wanted)) {
                return i;
            }
        }
        throw Body.invalid("Invalid value for '" + name + "': there is no such object in the list.");
    }

    private static int limit(String text) {
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException notANumber) {
            throw Body.invalid("Invalid value for 'limit': expected an integer.");
        }
        throw Body.invalid("Invalid value for 'limit': expected an integer from 1 to " + MAX_LIMIT + ".");
    }
}
