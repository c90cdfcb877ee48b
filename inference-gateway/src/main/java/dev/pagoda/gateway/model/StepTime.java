package dev.pagoda.gateway.model;

import java.util.List;

/// How long one step of an engine takes by a few coefficients of the device: a smoothed roofline over its matrix
/// products, plus attention, element-wise work, joining of tensor-parallel parts, sampling and the host's own time.
///
/// A call costs well under a microsecond.
public final class StepTime implements StepModel {
    /// Two norms, rotary embedding and activation of a layer, launched from a graph; an estimate.
    private static final double ELEMENTWISE_MICROS = 6;

    private static final double SAMPLER_MICROS = 20;

    private final Architecture model;
    private final Device device;
    private final int devices;
    private final Parallelism parallel;
    private final Coefficients fit;
    private final Roofline roofline;
    private final Link link;
    private final HostTime host;

    /// An engine of vLLM.
    ///
    /// @param devices tensor parallelism: every layer is split evenly over this many devices
    public StepTime(Architecture model, Device device, int devices) {
        this(model, device, devices, new Link.Fitted(device), HostTime.VLLM);
    }

    /// @param devices tensor parallelism: every layer is split evenly over this many devices
    /// @param link    joins them
    public StepTime(Architecture model, Device device, int devices, Link link, HostTime host) {
        this(model, device, Parallelism.tensor(devices), link, host);
    }

    /// @param link joins the devices of the engine
    public StepTime(Architecture model, Device device, Parallelism parallel, Link link, HostTime host) {
        this.model = model;
        this.device = device;
        this.devices = parallel.tensor();
        this.parallel = parallel;
        this.fit = Coefficients.of(device);
        this.roofline = new Roofline(device, fit);
        this.link = link;
        this.host = host;
    }

    /// Whether the coefficients were fitted on this device or are its class's medians.
    @Override
    public Confidence confidence() {
        return fit.confidence();
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
    public double deviceMicros(StepShape step) {
        return model.layers() * layerMicros(step) + head(step.sequences());
    }

    @Override
    public Parallelism parallel() {
        return parallel;
    }

    @Override
    public double layersMicros(List<StepShape> ranks) {
        double slowest = 0;
        for (StepShape each : ranks) {
            slowest = Math.max(slowest, layerMicros(each));
        }
        return model.layers() * slowest;
    }

    @Override
    public double endsMicros(StepShape step) {
        return head(step.sequences());
    }

    @Override
    public double handOverMicros(int tokens) {
        return link.sendMicros(4.0 * tokens * model.hidden() / devices);
    }

    private double layerMicros(StepShape step) {
        int joins = model.isMixture() && parallel.experts() > 1 && parallel.data() > 1 ? 1 : 2;
        return products(step.tokens()) + attention(step) + elementwise(step.tokens()) + joins * join(step.tokens());
    }

    private double products(int tokens) {
        double queryKeyValue = (model.heads() + 2.0 * model.kvHeads()) * model.headSize() / devices;
        double attentionOut = (double) model.heads() * model.headSize() / devices;
        double inner = (double) model.feedForward() / devices;
        return product(tokens, model.hidden(), queryKeyValue)
                + product(tokens, attentionOut, model.hidden())
                + (model.isMixture()
                        ? experts(tokens)
                        : product(tokens, model.hidden(), 2 * inner) + product(tokens, inner, model.hidden()));
    }

    /// The router and the products of the experts that are hit. Each device has its share of every expert, or where
    /// they are spread over ranks its share of the experts, for the tokens of all ranks.
    private double experts(int tokens) {
        Architecture.Experts experts = model.experts();
        int ranks = parallel.experts();
        double all = ranks == 1 ? tokens : (double) tokens * parallel.data();
        double hit = experts.hit(experts.count(), all);
        double rows = all * experts.perToken() / hit;
        double inner = hit * experts.feedForward() / Math.max(devices, ranks);
        return product(tokens, model.hidden(), experts.count())
                + product(rows, model.hidden(), 2 * inner)
                + product(rows, inner, model.hidden())
                + exchange(all);
    }

    /// Ranks with tokens of their own gather them before the experts and scatter the results.
    private double exchange(double tokens) {
        if (parallel.experts() == 1 || parallel.data() == 1) {
            return 0;
        }
        double hidden = 2 * tokens * model.hidden();
        double choices = 2 * tokens * model.experts().count();
        return link.allGatherMicros(hidden + choices, parallel.experts())
                + link.reduceScatterMicros(hidden, parallel.experts());
    }

    private double product(double rows, double inner, double columns) {
        return roofline.product(model.bytesPerWeight(), rows, inner, columns);
    }

    private double attention(StepShape step) {
        double heads = (double) model.heads() / devices;
        double kvHeads = Math.max(1, (double) model.kvHeads() / devices);
        double kvBytes = 2 * kvHeads * model.headSize() * model.bytesPerKv();
        double prefill = 0;
        if (step.hasPrefill()) {
            double compute =
                    4 * heads * model.headSize() * step.prefillPairs() / (device.attentionFlops() * fit.attention());
            double memory = kvBytes * step.prefillContext() / (device.memoryBytesPerSecond() * fit.memory());
            prefill = fit.decodeMicros() + (compute + memory) * 1e6;
        }
        if (step.decodes() == 0) {
            return prefill;
        }
        double decode = fit.decodeMicros()
                + fit.perSequenceMicros() * step.decodes()
                + kvBytes * step.decodeContext() * fit.kvTraffic() / device.memoryBytesPerSecond() * 1e6;
        return step.hasPrefill()
                ? fit.mixed().micros(prefill, decode, step.decodes(), step.prefillTokens(), heads, heads / kvHeads)
                : decode;
    }

    /// Traffic of the element-wise kernels: about eight passes over the residual stream, three over the inner width.
    private double elementwise(int tokens) {
        double width = model.isMixture()
                ? (double) model.experts().perToken() * model.experts().feedForward()
                : model.feedForward();
        double bytes = 2.0 * tokens * (8.0 * model.hidden() + 3.0 * width / devices);
        return ELEMENTWISE_MICROS + bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
    }

    private double join(int tokens) {
        return link.allReduceMicros(2.0 * tokens * model.hidden(), devices);
    }

    private double head(int sequences) {
        double logits = product(sequences, model.hidden(), (double) model.vocabulary() / devices);
        double bytes = 4.0 * 4 * sequences * model.vocabulary();
        return logits + SAMPLER_MICROS + bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
    }
}
