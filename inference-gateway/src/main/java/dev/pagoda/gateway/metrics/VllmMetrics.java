package dev.pagoda.gateway.metrics;

import dev.pagoda.gateway.engine.DraftCounts;
import dev.pagoda.gateway.metrics.EngineMetrics.BlockFigures;
import dev.pagoda.gateway.metrics.EngineMetrics.Finish;
import dev.pagoda.gateway.metrics.EngineMetrics.WorkFigures;
import java.util.HashSet;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
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

    /// Of the last page, so that the next one does not have to grow.
    private volatile int lastLength;

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
        free.facts = facts;
        return free;
    }

    /// The engine is gone; its place is free.
    public void release(EngineMetrics engine) {
        engine.state(0, 0, 0);
        engine.asleep(0);
        engine.isClaimed.set(false);
    }

    /// The first place of a model, whether an engine has it or not.
    public EngineMetrics first(String model) {
        return first(model, EngineFacts.UNKNOWN);
    }

    /// The same, for a model whose engines are configured like this.
    public EngineMetrics first(String model, EngineFacts facts) {
        return engine(model, 0, facts);
    }

    /// Appends all families; nothing while there is no engine.
    public void write(StringBuilder page) {
        if (engines.isEmpty()) {
            return;
        }
        int before = page.length();
        page.ensureCapacity(before + lastLength + lastLength / 16);
        families(page);
        lastLength = page.length() - before;
    }

    private void families(StringBuilder page) {
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
        states(page);
        if (engines.values().stream().anyMatch(engine -> engine.isReceiver)) {
            transfers(page);
        }
        if (engines.values().stream()
                .anyMatch(engine -> !engine.drafts.byPosition().isEmpty())) {
            drafts(page);
        }
        if (engines.values().stream().anyMatch(engine -> engine.blocks.isPresent())) {
            blocks(page);
        }
        if (engines.values().stream().anyMatch(engine -> engine.work.isPresent())) {
            work(page);
        }
    }

    /// As vLLM tells them with `kv_cache_metrics` alone.
    private void blocks(StringBuilder page) {
        blocks(page, "kv_block_lifetime_seconds", "Time a block keeps its content.", BlockFigures::lifetime);
        blocks(page, "kv_block_idle_before_evict_seconds", "Time since a block was last used.", BlockFigures::idle);
        blocks(page, "kv_block_reuse_gap_seconds", "Time between two uses of a block.", BlockFigures::reuseGap);
    }

    private void blocks(StringBuilder page, String name, String help, Function<BlockFigures, Buckets> buckets) {
        head(
                page,
                name,
                "histogram",
                help,
                (full, engine) ->
                        engine.blocks.ifPresent(each -> buckets.apply(each).write(page, full, engine.labels())));
    }

    /// As vLLM tells them with `enable_mfu_metrics` alone.
    private void work(StringBuilder page) {
        work(page, "estimated_flops_per_gpu_total", "Operations of a device.", WorkFigures::flops);
        work(page, "estimated_read_bytes_per_gpu_total", "Read from a device's memory.", WorkFigures::readBytes);
        work(page, "estimated_write_bytes_per_gpu_total", "Written to a device's memory.", WorkFigures::writeBytes);
    }

    private void work(StringBuilder page, String name, String help, Function<WorkFigures, DoubleAdder> figure) {
        head(
                page,
                name,
                "counter",
                help,
                (full, engine) -> engine.work.ifPresent(each ->
                        line(page, full, engine.labels(), figure.apply(each).sum())));
    }

    /// Names that vLLM has given up and older dashboards still ask for.
    public void writeOld(StringBuilder page) {
        if (engines.isEmpty()) {
            return;
        }
        gauge(page, "gpu_cache_usage_perc", "Deprecated: kv_cache_usage_perc.", e -> e.kvUsage);
        gauge(page, "cpu_cache_usage_perc", "Deprecated: nothing is swapped.", e -> 0);
        gauge(page, "num_requests_swapped", "Deprecated: nothing is swapped.", e -> 0);
        counter(page, "gpu_prefix_cache_queries_total", "Deprecated.", e -> e.prefixQueries.sum());
        counter(page, "gpu_prefix_cache_hits_total", "Deprecated.", e -> e.prefixHits.sum());
        gauge(page, "gpu_prefix_cache_hit_rate", "Deprecated.", VllmMetrics::hitRate);
        gauge(page, "cpu_prefix_cache_hit_rate", "Deprecated: nothing is swapped.", e -> 0);
        histogram(page, "time_per_output_token_seconds", "Deprecated: inter-token latency.", e -> e.interTokenOld);
        histogram(page, "time_per_prefill_token_request_seconds", "Deprecated.", e -> e.perPrefillTokenOld);
    }

    private static double hitRate(EngineMetrics engine) {
        long queries = engine.prefixQueries.sum();
        return queries == 0 ? 0 : (double) engine.prefixHits.sum() / queries;
    }

    private void states(StringBuilder page) {
        head(page, "engine_sleep_state", "gauge", "Engine sleep state, 1 is true.", (name, engine) -> {
            int level = engine.sleepLevel;
            line(page, name, engine.labels() + ",sleep_state=\"awake\"", level == 0 ? 1 : 0);
            line(page, name, engine.labels() + ",sleep_state=\"weights_offloaded\"", level == 1 ? 1 : 0);
            line(page, name, engine.labels() + ",sleep_state=\"discard_all\"", level == 2 ? 1 : 0);
        });
        head(page, "admission_rejections_total", "counter", "Requests refused at once.", (name, engine) -> {
            line(page, name, engine.labels() + ",reason=\"max_num_queued_reqs\"", (double) engine.rejections.sum());
            line(page, name, engine.labels() + ",reason=\"max_num_queued_tokens\"", 0);
        });
        if (engines.values().stream().anyMatch(engine -> engine.adapters.isPresent())) {
            page.append("# HELP vllm:lora_requests_info Running stats on lora requests.\n");
            page.append("# TYPE vllm:lora_requests_info gauge\n");
            var told = new HashSet<String>();
            for (EngineMetrics engine : engines.values()) {
                engine.adapters
                        .filter(load -> told.add(load.labels()))
                        .ifPresent(load -> line(page, "vllm:lora_requests_info", load.labels(), load.sinceSeconds()));
            }
        }
    }

    private static double allCached(EngineMetrics engine) {
        return engine.cachedTokens.sum() + (double) engine.externalHits.sum();
    }

    /// As vLLM tells them with its NIXL connector alone.
    private void transfers(StringBuilder page) {
        histogram(page, "nixl_xfer_time_seconds", "Time of a transfer of keys and values.", e -> e.transferTime);
        histogram(page, "nixl_post_time_seconds", "Time until a transfer is under way.", e -> e.transferPostTime);
        histogram(page, "nixl_bytes_transferred", "Bytes of a transfer.", e -> e.transferBytes);
        histogram(page, "nixl_num_descriptors", "Pieces of a transfer.", e -> e.transferDescriptors);
        counter(page, "nixl_num_failed_transfers_total", "Transfers that failed.", e -> e.transferFailures.sum());
        counter(page, "nixl_num_failed_notifications_total", "Notices that failed.", e -> 0);
        counter(page, "nixl_num_kv_expired_reqs_total", "Keys and values that nobody fetched.", e -> 0);
    }

    private void drafts(StringBuilder page) {
        counter(page, "spec_decode_num_drafts_total", "Drafts.", e -> e.drafts.drafts());
        counter(page, "spec_decode_num_draft_tokens_total", "Drafted tokens.", e -> e.drafts.tokens());
        counter(page, "spec_decode_num_accepted_tokens_total", "Accepted tokens.", e -> e.drafts.accepted());
        String each = "spec_decode_num_accepted_tokens_per_pos_total";
        head(page, each, "counter", "Accepted tokens by position.", (name, engine) -> {
            DraftCounts drafts = engine.drafts;
            for (int i = 0; i < drafts.byPosition().size(); i++) {
                long accepted = drafts.byPosition().get(i);
                line(page, name, engine.labels() + ",position=\"" + i + '"', (double) accepted);
            }
        });
    }

    private void caches(StringBuilder page) {
        counter(page, "prefix_cache_queries_total", "Tokens looked up.", e -> e.prefixQueries.sum());
        counter(page, "prefix_cache_hits_total", "Tokens that were there.", e -> e.prefixHits.sum());
        counter(
                page,
                "external_prefix_cache_queries_total",
                "Tokens looked up elsewhere.",
                e -> e.externalQueries.sum());
        counter(page, "external_prefix_cache_hits_total", "Tokens found elsewhere.", e -> e.externalHits.sum());
        counter(page, "mm_cache_queries_total", "Media items looked up.", e -> e.mediaQueries.sum());
        counter(page, "mm_cache_hits_total", "Media items that were there.", e -> e.mediaHits.sum());
        counter(page, "prompt_tokens_cached_total", "Prompt tokens not computed.", VllmMetrics::allCached);
        counter(page, "prompt_tokens_recomputed_total", "Cached, and computed again.", e -> e.recomputed.sum());
        head(page, "prompt_tokens_by_source_total", "counter", "Prompt tokens by source.", (name, engine) -> {
            long cached = engine.cachedTokens.sum();
            long external = engine.externalHits.sum();
            long computed = Math.max(0, engine.promptTokens.sum() - cached - external);
            line(page, name, engine.labels() + ",source=\"local_compute\"", (double) computed);
            line(page, name, engine.labels() + ",source=\"local_cache_hit\"", (double) cached);
            line(page, name, engine.labels() + ",source=\"external_kv_transfer\"", (double) external);
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
        page.append(name).append('{').append(labels).append("} ");
        Figures.append(page, value);
        page.append('\n');
    }
}
