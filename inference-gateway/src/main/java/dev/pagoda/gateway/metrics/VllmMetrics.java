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
        return claim(model, EngineFacts.UNKNOWN);
    }

    /// The same for an engine whose configuration is known; a place that there was before keeps what it had.
    public EngineMetrics claim(String model, EngineFacts facts) {
        int index = 0;
        EngineMetrics free = engine(model, index, facts);
        while (!free.isClaimed.compareAndSet(false, true)) {
            free = engine(model, ++index, facts);
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
        return engine(model, 0, EngineFacts.UNKNOWN);
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
        histogram(page, "request_prefill_time_seconds", "Time from the first step to a token.", e -> e.prefillTime);
        histogram(page, "request_decode_time_seconds", "Time from the first token to the last.", e -> e.decodeTime);
        histogram(page, "request_inference_time_seconds", "Time from the first step to the end.", e -> e.inferenceTime);
        histogram(page, "request_time_per_output_token_seconds", "Mean over a request.", e -> e.perOutputToken);
        histogram(page, "iteration_tokens_total", "Tokens of an engine step.", e -> e.stepTokens);
        histogram(page, "request_prompt_tokens", "Tokens of a prompt.", e -> e.promptTokensEach);
        histogram(page, "request_prefill_kv_computed_tokens", "Not from a cache.", e -> e.computedTokensEach);
        histogram(page, "request_generation_tokens", "Tokens of an answer.", e -> e.outputTokensEach);
        histogram(page, "request_max_num_generation_tokens", "Of the longest answer.", e -> e.mostOutputEach);
        histogram(page, "request_params_max_tokens", "Tokens asked for at most.", e -> e.maxTokensEach);
        histogram(page, "request_params_n", "Answers asked for.", e -> e.choices);
        histogram(page, "request_num_preemptions", "Of a finished request.", e -> e.preemptionsEach);
        caches(page);
    }

    private void caches(StringBuilder page) {
        counter(page, "prefix_cache_queries_total", "Tokens looked up.", e -> e.prefixQueries.sum());
        counter(page, "prefix_cache_hits_total", "Tokens that were there.", e -> e.prefixHits.sum());
        counter(page, "prompt_tokens_cached_total", "Prompt tokens not computed.", e -> e.cachedTokens.sum());
        head(page, "prompt_tokens_by_source_total", "counter", "Prompt tokens by source.", (name, engine) -> {
            long cached = engine.cachedTokens.sum();
            long computed = Math.max(0, engine.promptTokens.sum() - cached);
            line(page, name, engine.labels() + ",source=\"local_compute\"", computed);
            line(page, name, engine.labels() + ",source=\"local_cache_hit\"", cached);
        });
        head(page, "num_requests_waiting_by_reason", "gauge", "Waiting requests by reason.", (name, engine) -> {
            line(page, name, engine.labels() + ",reason=\"capacity\"", engine.waiting);
            line(page, name, engine.labels() + ",reason=\"deferred\"", engine.allWaiting() - engine.waiting);
        });
        head(
                page,
                "cache_config_info",
                "gauge",
                "Configuration of the KV cache.",
                (name, engine) -> line(page, name, engine.labels() + ',' + engine.facts.labels(), 1));
    }

    private EngineMetrics engine(String model, int index, EngineFacts facts) {
        return engines.computeIfAbsent(
                new Engine(model, index), key -> new EngineMetrics(key.model(), key.index(), facts));
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
