package dev.pagoda.gateway.model;

import java.util.List;

/// What the steps of an engine ask of each of its devices: operations, and bytes to and from its memory, operator by
/// operator as vLLM's `vllm/v1/metrics/perf.py` sums them for its MFU counters, with the model and the step that
/// [StepTime] times.
///
/// Where devices do not have equal parts, as the last stage of a pipeline with the vocabulary head, it is their mean.
/// Attention is counted by the pairs of queries and keys that a causal mask leaves, of which vLLM counts the whole
/// square. Pure, safe from any thread.
public final class StepWork {
    /// Activations are of 16 bits whatever the weights are.
    private static final double ACTIVATION_BYTES = 2;

    private final Architecture model;
    private final Parallelism parallel;
    private final double heads;
    private final double kvHeads;
    private final double layers;

    /// Of one device in one step.
    public record Work(double flops, double readBytes, double writeBytes) {
        static final Work NONE = new Work(0, 0, 0);

        Work plus(Work other) {
            return new Work(flops + other.flops, readBytes + other.readBytes, writeBytes + other.writeBytes);
        }

        Work times(double factor) {
            return new Work(factor * flops, factor * readBytes, factor * writeBytes);
        }
    }

    public StepWork(Architecture model, Parallelism parallel) {
        this.model = model;
        this.parallel = parallel;
        this.heads = (double) model.heads() / parallel.tensor();
        this.kvHeads = Math.max(1, (double) model.kvHeads() / parallel.tensor());
        this.layers = (double) model.layers() / parallel.pipeline();
    }

    /// The mean over the devices of all ranks; those that have no part in the step stand idle.
    ///
    /// @param ranks that take part
    public Work perDevice(List<StepShape> ranks) {
        double gathered = 0;
        for (StepShape each : ranks) {
            gathered += each.tokens();
        }
        Work all = Work.NONE;
        for (StepShape each : ranks) {
            double tokens = each.tokens();
            Work layer = attention(each).plus(model.isMixture() ? router(tokens) : feedForward(tokens));
            all = all.plus(layer.times(layers)).plus(head(each).times(1.0 / parallel.pipeline()));
            if (model.isMixture() && parallel.experts() == 1) {
                all = all.plus(experts(tokens).times(layers));
            }
        }
        if (model.isMixture() && parallel.experts() > 1) {
            // each rank has its share of the experts, for the tokens of all ranks
            all = all.plus(experts(gathered).times(layers * parallel.data()));
        }
        return all.times(1.0 / parallel.data());
    }

    private Work attention(StepShape step) {
        double tokens = step.tokens();
        double queries = heads * model.headSize();
        double keysAndValues = 2 * kvHeads * model.headSize();
        double pairs = step.prefillPairs() + decodePairs(step);
        // each sequence that goes on reads what it makes in this step too
        double context = step.prefillContext() + step.decodeContext() + (double) step.decodeTokens();
        return product(tokens, model.hidden(), queries + keysAndValues)
                .plus(new Work(
                        4 * queries * pairs,
                        tokens * queries * ACTIVATION_BYTES + context * keysAndValues * model.bytesPerKv(),
                        tokens * keysAndValues * model.bytesPerKv()))
                .plus(product(tokens, queries, model.hidden()));
    }

    /// With drafts, each of a sequence's tokens sees those before it.
    private static double decodePairs(StepShape step) {
        if (step.decodes() == 0) {
            return 0;
        }
        double each = (double) step.decodeTokens() / step.decodes();
        return each * step.decodeContext() + step.decodeTokens() * (each + 1) / 2;
    }

    private Work feedForward(double tokens) {
        return gated(tokens, (double) model.feedForward() / parallel.tensor(), 1);
    }

    private Work router(double tokens) {
        return product(tokens, model.hidden(), model.experts().count());
    }

    private Work experts(double tokens) {
        Architecture.Experts experts = model.experts();
        double ranks = parallel.experts();
        double chosen = tokens * experts.perToken() / ranks;
        double hit = experts.hit(experts.count(), tokens) / ranks;
        double inner = ranks > 1 ? experts.feedForward() : (double) experts.feedForward() / parallel.tensor();
        return gated(chosen, inner, hit);
    }

    /// Up and gate, activation, and down.
    ///
    /// @param sets of weights that are read
    private Work gated(double rows, double inner, double sets) {
        double hidden = model.hidden();
        return new Work(
                6 * rows * hidden * inner,
                rows * (hidden + 3 * inner) * ACTIVATION_BYTES + sets * 3 * hidden * inner * model.bytesPerWeight(),
                rows * (3 * inner + hidden) * ACTIVATION_BYTES);
    }

    /// Prompts need the logits of their last token alone.
    private Work head(StepShape step) {
        double rows = step.prefills() + (double) step.decodeTokens();
        return product(rows, model.hidden(), (double) model.vocabulary() / parallel.tensor());
    }

    private Work product(double rows, double inner, double columns) {
        return new Work(
                2 * rows * inner * columns,
                rows * inner * ACTIVATION_BYTES + inner * columns * model.bytesPerWeight(),
                rows * columns * ACTIVATION_BYTES);
    }
}
