package dev.pagoda.gateway.upstream;

import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A server that speaks OpenAI's API, as `/platform/upstreams` takes and shows it.
///
/// @param name               unique; lower-case letters, digits, `-` and `_`
/// @param baseUrl            what stands before `/chat/completions`, for example `http://127.0.0.1:8000/v1`
/// @param apiKeyEnv          variable of the platform's environment that holds the server's key; absent: no key is sent
/// @param models             what clients may ask for, with the server's own name of it
/// @param priority           servers of the least number are asked first, the others when those fail; default 0
/// @param weight             share of requests among servers of one priority, 1 to 1000; default 1
/// @param maxConnections     to the server, of each event loop, 1 to 10,000; default 256
/// @param connectTimeoutMs   1 to 60,000; default 1,000
/// @param firstByteTimeoutMs until the head of the answer, 1 to 3,600,000; default 120,000
/// @param idleTimeoutMs      between two parts of the answer, 1 to 3,600,000; default 60,000
/// @param tenant             the only one that may use it; absent: all
public record UpstreamSpec(
        String name,
        String baseUrl,
        @Nullable String apiKeyEnv,
        Map<String, String> models,
        @Nullable Integer priority,
        @Nullable Integer weight,
        @Nullable Integer maxConnections,
        @Nullable Integer connectTimeoutMs,
        @Nullable Integer firstByteTimeoutMs,
        @Nullable Integer idleTimeoutMs,
        @Nullable String tenant) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final int MAX_MODELS = 1_000;
    private static final int MAX_MODEL_CHARS = 200;

    public UpstreamSpec {
        Objects.requireNonNull(name, "name is missing");
        Objects.requireNonNull(baseUrl, "base_url is missing");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name '" + name + "' is not 1 to 63 lower-case letters, digits, '-' and '_'");
        }
        uri(baseUrl);
        if (apiKeyEnv != null && !VARIABLE.matcher(apiKeyEnv).matches()) {
            throw new IllegalArgumentException("api_key_env '" + apiKeyEnv + "' is no name of a variable");
        }
        models = new TreeMap<>(Objects.requireNonNull(models, "models is missing"));
        if (models.isEmpty() || models.size() > MAX_MODELS) {
            throw new IllegalArgumentException("models has " + models.size() + " entries, 1 to " + MAX_MODELS
                    + " are needed, each a name for clients with the server's own name");
        }
        models.forEach((model, own) -> {
            requireModel(model);
            requireModel(own);
        });
        priority = within("priority", priority, 0, 0, 1_000);
        weight = within("weight", weight, 1, 1, 1_000);
        maxConnections = within("max_connections", maxConnections, 256, 1, 10_000);
        connectTimeoutMs = within("connect_timeout_ms", connectTimeoutMs, 1_000, 1, 60_000);
        firstByteTimeoutMs = within("first_byte_timeout_ms", firstByteTimeoutMs, 120_000, 1, 3_600_000);
        idleTimeoutMs = within("idle_timeout_ms", idleTimeoutMs, 60_000, 1, 3_600_000);
    }

    int rank() {
        return Objects.requireNonNull(priority);
    }

    int share() {
        return Objects.requireNonNull(weight);
    }

    int connections() {
        return Objects.requireNonNull(maxConnections);
    }

    int connectMillis() {
        return Objects.requireNonNull(connectTimeoutMs);
    }

    int firstByteMillis() {
        return Objects.requireNonNull(firstByteTimeoutMs);
    }

    int idleMillis() {
        return Objects.requireNonNull(idleTimeoutMs);
    }

    /// Where the server is, without a slash at the end.
    URI uri() {
        return uri(baseUrl);
    }

    private static URI uri(String text) {
        URI uri;
        try {
            uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("base_url '" + text + "' is no URL", malformed);
        }
        boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!isHttp || uri.getHost() == null || uri.getQuery() != null || uri.getUserInfo() != null) {
            throw new IllegalArgumentException("base_url '" + text
                    + "' is not of the form http://HOST:PORT/PATH or https://HOST/PATH, without user and query");
        }
        return uri;
    }

    private static void requireModel(@Nullable String model) {
        if (model == null || model.isBlank() || model.length() > MAX_MODEL_CHARS) {
            throw new IllegalArgumentException(
                    "models has the name '" + model + "'; a name has 1 to " + MAX_MODEL_CHARS + " characters");
        }
    }

    private static Integer within(String field, @Nullable Integer value, int absent, int least, int most) {
        int given = value == null ? absent : value;
        if (given < least || given > most) {
            throw new IllegalArgumentException(field + " " + given + " is not within " + least + " to " + most);
        }
        return given;
    }
}
