package dev.pagoda.gateway.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How long one step of an engine takes, from measured tables of its operators.
///
/// Steps hold shapes that no table has. Several chunks in one step count as one whose tokens attend to as many as
/// theirs do on average; where they are so many short prompts that this would be less than a chunk attends to within
/// itself, as that many prompts of one length. Decodes of unequal context take longer by [SkewFit].
public final class MeasuredStepTime implements StepModel {
    private static final int LEAST_CHUNK = 16;
    /// The largest step that vLLM replays from a graph, in which all ranks run as many tokens as the fullest.
    private static final int GRAPH_TOKENS = 512;

    private final Architecture model;
    private final OperatorTables tables;
    private final Parallelism parallel;
    private final Link link;
    private final HostTime host;
    /// The curves of a layer's dense operators, those that occur twice listed twice.
    private final List<Curve> layer;

    /// @param link joins the devices of the engine
    public MeasuredStepTime(Architecture model, OperatorTables tables, Parallelism parallel, Link link, HostTime host) {
        this.model = model;
        this.tables = tables;
        this.parallel = parallel;
        this.link = link;
        this.host = host;
        Map<String, Curve> inLayer = new HashMap<>(tables.dense());
        inLayer.remove(OperatorTables.EMBEDDING);
        inLayer.remove(OperatorTables.FINAL_NORM);
        if (tables.moe() != null) {
            List.of("gate_up_proj", "act_fn", "down_proj").forEach(inLayer::remove);
        }
        Curve norm = inLayer.get(OperatorTables.NORM);
        if (norm != null) {
            inLayer.put(OperatorTables.NORM + " after attention", norm);
        }
        this.layer = List.copyOf(inLayer.values());
    }

    @Override
    public int layers() {
        return model.layers();
    }

    @Override
    public HostTime host() {
        return host;
    }

    @Override
    public Confidence confidence() {
        return Confidence.MEASURED;
    }

    @Override
    public double deviceMicros(StepShape step) {
        return deviceMicros(List.of(step));
    }

    /// Time of a step that all data-parallel ranks make together; of those that take part.
    public double deviceMicros(List<StepShape> ranks) {
        double slowest = 0;
        for (StepShape each : ranks) {
            slowest = Math.max(slowest, model.layers() * layerMicros(each) + endsMicros(each));
        }
        return slowest + model.layers() * moe(ranks);
    }

    @Override
    public double layersMicros(List<StepShape> ranks) {
        double slowest = 0;
        for (StepShape each : ranks) {
            slowest = Math.max(slowest, layerMicros(each));
        }
        return model.layers() * (slowest + moe(ranks));
    }

    @Override
    public Parallelism parallel() {
        return parallel;
    }

    @Override
    public double handOverMicros(int tokens) {
        return link.sendMicros(4.0 * tokens * model.hidden() / parallel.tensor());
    }

    private double layerMicros(StepShape step) {
        int tokens = step.tokens();
        double perLayer = attention(step);
        for (Curve each : layer) {
            perLayer += each.micros(tokens);
        }
        int joins = exchangesTokens() ? 1 : 2;
        return perLayer + joins * link.allReduceMicros(2.0 * tokens * model.hidden(), parallel.tensor());
    }

    @Override
    public double endsMicros(StepShape step) {
        int tokens = step.tokens();
        return once(tables.dense(), OperatorTables.EMBEDDING, tokens)
                + link.allReduceMicros(2.0 * tokens * model.hidden(), parallel.tensor())
                + once(tables.dense(), OperatorTables.FINAL_NORM, tokens)
                + once(tables.perSequence(), OperatorTables.HEAD, step.sequences())
                + link.allGatherMicros(2.0 * step.sequences() * model.vocabulary(), parallel.tensor())
                + once(tables.perSequence(), OperatorTables.SAMPLER, step.sequences());
    }

    private static double once(Map<String, Curve> curves, String name, int count) {
        Curve curve = curves.get(name);
        return curve == null ? 0 : curve.micros(count);
    }

    /// The experts of one layer for the tokens of all ranks.
    private double moe(List<StepShape> ranks) {
        int gathered = 0;
        int most = 0;
        for (StepShape each : ranks) {
            gathered += each.tokens();
            most = Math.max(most, each.tokens());
        }
        return moe(most <= GRAPH_TOKENS ? most * parallel.data() : gathered);
    }

    /// The experts of one layer, with the exchange of tokens between their ranks.
    private double moe(double tokens) {
        MoeTable moe = tables.moe();
        if (moe == null) {
            return 0;
        }
        int ranks = parallel.experts();
        int share = Math.max(1, model.experts().count() / ranks);
        // a table of fewer ranks than ours saw every token choose among more local experts
        double rows = tokens * tables.moeRanks() / ranks;
        double computing = moe.micros(rows, model.experts().hit(share, tokens));
        if (!exchangesTokens()) {
            return computing;
        }
        double hidden = 2.0 * tokens * model.hidden();
        double choices = 2.0 * tokens * model.experts().count();
        return computing + link.allGatherMicros(hidden + choices, ranks) + link.reduceScatterMicros(hidden, ranks);
    }

    /// Whether the experts' ranks have tokens of their own, which they gather before and scatter afterwards, as vLLM
    /// does unless told otherwise. Where all have the same tokens they add up what their experts made of them.
    private boolean exchangesTokens() {
        return tables.moe() != null && parallel.experts() > 1 && parallel.data() > 1;
    }

    private double attention(StepShape step) {
        double mean = uniform(step, step.meanContext());
        if (step.decodes() < 2 || step.longestContext() <= step.shortestContext()) {
            return mean;
        }
        double longest = uniform(step, step.longestContext());
        return mean + tables.skew().alpha(step, Math.max(0, past(step)), mean, longest) * (longest - mean);
    }

    /// Tokens before the one chunk that stands for all chunks; below 0 when they are several short prompts.
    private static double past(StepShape step) {
        int chunk = step.prefillTokens();
        return chunk == 0 ? 0 : step.prefillPairs() / chunk - chunk / 2.0;
    }

    private double uniform(StepShape step, double context) {
        AttentionTable table = tables.attention();
        int chunk = step.prefillTokens();
        double past = past(step);
        if (past >= 0) {
            return table.micros(chunk, past, step.decodes(), context);
        }
        double together = table.micros(chunk, 0, step.decodes(), context);
        double whole = table.micros(chunk, 0, 0, 0);
        double one = 2 * step.prefillPairs() / chunk;
        double least = table.micros(LEAST_CHUNK, 0, 0, 0);
        double apart = least + Math.max(0, table.micros(one, 0, 0, 0) - least) * chunk / one;
        return together - Math.max(0, whole - apart);
    }
}
