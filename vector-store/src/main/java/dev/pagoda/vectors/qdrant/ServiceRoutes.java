package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Optimizations;
import dev.pagoda.vectors.collection.Quotas;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.SlowFilters;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The paths that tell an operator how the store is doing.
final class ServiceRoutes {
    private static final int COMPLETED_SHOWN = 16;

    private final Endpoints endpoints;
    private final TelemetryPage telemetry;

    ServiceRoutes(Endpoints endpoints, TelemetryPage telemetry) {
        this.endpoints = endpoints;
        this.telemetry = telemetry;
    }

    void mount(Router surface) {
        endpoints.read(surface, HttpMethod.GET, "/telemetry", telemetry::answer);
        endpoints.read(surface, HttpMethod.GET, "/issues", ServiceRoutes::issues);
        endpoints.read(surface, HttpMethod.DELETE, "/issues", request -> {
            own(request).forEach(collection -> collection.slowFilters().clear());
            return out -> out.writeBoolean(true);
        });
        endpoints.read(surface, HttpMethod.GET, "/quotas", ServiceRoutes::quotas);
        endpoints.write(
                surface, HttpMethod.PUT, "/quotas", ServiceRoutes::setQuotas, (_, out) -> out.writeBoolean(true));
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/optimizations", ServiceRoutes::optimizations);
    }

    private static List<Collection> own(Endpoints.Request request) {
        return request.services().catalogue().list(request.call().tenant());
    }

    private static Reply.Content issues(Endpoints.Request request) {
        List<Map<String, @Nullable Object>> issues = new ArrayList<>();
        for (Collection collection : own(request)) {
            for (SlowFilters.Finding finding : collection.slowFilters().open(collection.config())) {
                issues.add(issue(collection.name(), finding));
            }
        }
        return out -> Reply.value(out, Map.of("issues", issues));
    }

    private static Map<String, @Nullable Object> issue(String collection, SlowFilters.Finding finding) {
        List<Map<String, @Nullable Object>> solutions = new ArrayList<>();
        for (String kind : finding.kinds()) {
            Map<String, @Nullable Object> action = new LinkedHashMap<>();
            action.put("method", "PUT");
            action.put("uri", "/collections/" + encoded(collection) + "/index");
            action.put("headers", Map.of("content-type", "application/json"));
            action.put("body", Map.of("field_name", finding.key(), "field_schema", kind));
            Map<String, @Nullable Object> solution = new LinkedHashMap<>();
            solution.put(
                    "message",
                    "An index of kind " + kind + " on '" + finding.key() + "' in collection '" + collection
                            + "' makes such queries faster");
            solution.put("action", action);
            solutions.add(solution);
        }
        Map<String, @Nullable Object> issue = new LinkedHashMap<>();
        issue.put("id", "UNINDEXED_FIELD/" + collection + "/" + finding.key());
        issue.put(
                "description",
                "Unindexed field '" + finding.key() + "' might be slowing queries down in collection '" + collection
                        + "'");
        issue.put(
                "solution",
                solutions.size() == 1
                        ? Map.of("immediate", solutions.getFirst())
                        : Map.of("immediate_choice", solutions));
        issue.put("timestamp", finding.found().toString());
        issue.put("related_collection", collection);
        return issue;
    }

    private static String encoded(String segment) {
        return java.net.URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Reply.Content quotas(Endpoints.Request request) {
        Quotas quotas = request.services().catalogue().quotas();
        Quotas.Usage usage = quotas.usage();
        Map<String, @Nullable Object> used = new LinkedHashMap<>();
        put(used, "resident_memory_percent", usage.memory());
        put(used, "disk_usage_percent", usage.disk());
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("config", config(quotas));
        result.put("usage", used);
        return out -> Reply.value(out, result);
    }

    static Map<String, @Nullable Object> config(Quotas quotas) {
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("enabled", false);
        config.putAll(quotas.config());
        return config;
    }

    private static void put(Map<String, @Nullable Object> map, String key, OptionalInt percent) {
        if (percent.isPresent()) {
            map.put(key, (long) percent.getAsInt());
        }
    }

    private static Optional<Written> setQuotas(Endpoints.Request request) {
        Fields fields = Fields.of(request.read(Json::map), "");
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        if (fields.get("enabled") instanceof Boolean enabled) {
            config.put("enabled", enabled);
        } else if (fields.has("enabled")) {
            throw Faults.format("expected a boolean for enabled, got " + fields.get("enabled"));
        }
        percent(fields, config, "max_resident_memory_percent", 1);
        percent(fields, config, "max_disk_usage_percent", 1);
        percent(fields, config, "release_margin_percent", 0);
        if (!request.call().principal().isAdmin()) {
            throw Faults.forbidden("quotas hold for all tenants and are set by an administrator");
        }
        return Optional.of(request.services().catalogue().limit(config));
    }

    private static void percent(Fields fields, Map<String, @Nullable Object> config, String key, int least) {
        int percent = fields.number(key, -1, least, 100);
        if (percent >= 0) {
            config.put(key, (long) percent);
        }
    }

    private static Reply.Content optimizations(Endpoints.Request request) {
        boolean isQueued = false;
        boolean isCompleted = false;
        boolean isIdle = false;
        String with = request.parameters().given().get("with");
        for (String part : (with == null ? "" : with).split(",", -1)) {
            switch (part.trim()) {
                case "" -> {}
                case "queued" -> isQueued = true;
                case "completed" -> isCompleted = true;
                case "idle_segments" -> isIdle = true;
                default -> throw Refusals.invalidInput("Unknown field in 'with' parameter: " + part);
            }
        }
        int shown = (int) Math.min(1_000, request.parameters().number("completed_limit", COMPLETED_SHOWN));
        Collection collection = request.collection();
        Optional<Optimizations.Run> running = collection.optimizations().running();
        boolean isWaiting = running.isEmpty() && collection.isOptimizing();
        List<Map<String, @Nullable Object>> whole = List.of(segment(collection, collection.points()));
        List<Map<String, @Nullable Object>> idle = running.isEmpty() && !isWaiting ? whole : List.of();
        Map<String, @Nullable Object> summary = new LinkedHashMap<>();
        summary.put("queued_optimizations", isWaiting ? 1L : 0L);
        summary.put("queued_segments", isWaiting ? 1L : 0L);
        summary.put("queued_points", isWaiting ? collection.points() : 0L);
        summary.put("idle_segments", (long) idle.size());
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("summary", summary);
        result.put("running", running.stream().map(run -> run(collection, run)).toList());
        if (isQueued) {
            result.put("queued", isWaiting ? List.of(Map.of("optimizer", "rebuild", "segments", whole)) : List.of());
        }
        if (isCompleted) {
            result.put(
                    "completed",
                    collection.optimizations().completed(shown).stream()
                            .map(run -> run(collection, run))
                            .toList());
        }
        if (isIdle) {
            result.put("idle_segments", idle);
        }
        return out -> Reply.value(out, result);
    }

    private static Map<String, @Nullable Object> run(Collection collection, Optimizations.Run run) {
        Map<String, @Nullable Object> progress = new LinkedHashMap<>();
        progress.put("name", "rebuild");
        progress.put("started_at", run.started().toString());
        run.took().ifPresent(took -> {
            progress.put("finished_at", run.started().plus(took).toString());
            progress.put("duration_sec", took.toNanos() / 1e9);
        });
        Map<String, @Nullable Object> optimization = new LinkedHashMap<>();
        optimization.put("uuid", run.id().toString());
        optimization.put("optimizer", "rebuild");
        optimization.put("status", run.took().isPresent() ? "done" : "optimizing");
        optimization.put("segments", List.of(segment(collection, run.points())));
        optimization.put("progress", progress);
        return optimization;
    }

    /// A collection is shown as one segment, named after it.
    private static Map<String, @Nullable Object> segment(Collection collection, long points) {
        String name = collection.tenant() + "/" + collection.name();
        Map<String, @Nullable Object> segment = new LinkedHashMap<>();
        segment.put(
                "uuid",
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString());
        segment.put("points_count", points);
        return segment;
    }
}
