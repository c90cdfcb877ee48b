package dev.pagoda.gateway.metrics;

import dev.pagoda.gateway.metrics.EngineMetrics.Finish;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// All engines' metrics as Prometheus text, format 0.0.4.
///
/// Written by hand, because the Prometheus libraries for Java print no name with a colon. Safe from any thread.
public final class VllmMetrics {
    private record Engine(String model, int index) implements Comparable<Engine> {
        @Override
        public int compareTo(Engine other) {
            int byModel = model.compareTo(other.model);
            return byModel != 0 ? byModel : Integer.compare(index, other.index);
        }
    }

    private final ConcurrentSkipListMap<Engine, EngineMetrics> engines = new ConcurrentSkipListMap<>();

    /// Metrics for a new engine of a model, in the lowest place that no other engine has.
    public EngineMetrics claim(String model) {
        int index = 0;
        EngineMetrics free = engine(model, index);
        while (!free.isClaimed.compareAndSet(false, true)) {
            free = engine(model, ++index);
        }
        return free;
    }

    /// The engine is gone; its place is free.
    public void release(EngineMetrics engine) {
        engine.state(0, 0, 0);
        engine.isClaimed.set(false);
    }

    /// The first place of a model, whether an engine has it or not.
    public EngineMetrics first(String model) {
        return engine(model, 0);
    }

    /// Appends all families; nothing while there is no engine.
    public void write(StringBuilder page) {
        if (engines.isEmpty()) {
            return;
        }
        gauge(page, "num_requests_running", "Number of requests in model execution batches.", e -> e.running);
        gauge(page, "num_requests_waiting", "Number of requests waiting to be processed.", e -> e.allWaiting());
        gauge(page, "kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", e -> e.kvUsage);
        counter(page, "num_preemptions_total", "Cumulative number of preemptions.", e -> e.preemptions.sum());
        counter(page, "prompt_tokens_total", "Number of prefill tokens processed.", e -> e.promptTokens.sum());
        counter(
                page,
                "generation_tokens_total",
                "Number of generation tokens delivered.",
                e -> e.generationTokens.sum());
        head(page, "request_success_total", "counter", "Count of finished requests.", (name, engine) -> {
            for (Finish finish : Finish.values()) {
                String reason = ",finished_reason=\"" + finish.name().toLowerCase(Locale.ROOT) + '"';
                line(page, name, engine.labels() + reason, (double) engine.ends(finish));
            }
        });
        histogram(page, "time_to_first_token_seconds", "Time to first token.", e -> e.timeToFirstToken);
        histogram(page, "inter_token_latency_seconds", "Time between two tokens of a request.", e -> e.interToken);
        histogram(page, "e2e_request_latency_seconds", "Time from arrival to the last token.", e -> e.endToEnd);
        histogram(page, "request_queue_time_seconds", "Time spent waiting for the first step.", e -> e.queueTime);
    }

    private EngineMetrics engine(String model, int index) {
        return engines.computeIfAbsent(new Engine(model, index), key -> new EngineMetrics(key.model(), key.index()));
    }

    private void gauge(StringBuilder page, String name, String help, ToDoubleFunction<EngineMetrics> value) {
        head(
                page,
                name,
                "gauge",
                help,
                (full, engine) -> line(page, full, engine.labels(), value.applyAsDouble(engine)));
    }

    private void counter(StringBuilder page, String name, String help, ToDoubleFunction<EngineMetrics> value) {
        head(
                page,
                name,
                "counter",
                help,
                (full, engine) -> line(page, full, engine.labels(), value.applyAsDouble(engine)));
    }

    private void histogram(StringBuilder page, String name, String help, Function<EngineMetrics, Buckets> buckets) {
        head(
                page,
                name,
                "histogram",
                help,
                (full, engine) -> buckets.apply(engine).write(page, full, engine.labels()));
    }

    private void head(
            StringBuilder page, String name, String type, String help, BiConsumer<String, EngineMetrics> lines) {
        String full = "vllm:" + name;
        page.append("# HELP ").append(full).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(full).append(' ').append(type).append('\n');
        engines.values().forEach(engine -> lines.accept(full, engine));
    }

    private static void line(StringBuilder page, String name, String labels, double value) {
        page.append(name).append('{').append(labels).append("} ").append(value).append('\n');
    }
}
