package dev.pagoda.gateway.model;

import java.util.PriorityQueue;

/// A deterministic pipeline as Groq's: all weights lie in the chips' own memory, a compiler fixes every move,
/// and nothing is batched. A token passes through all layers in a fixed time; as many sequences are under way
/// as layers, each in another one, so that a further sequence takes no time from the others until all places
/// are taken. Then it waits for a place, in order of arrival.
///
/// Times are the same on every run. Not thread-safe.
public final class LpuPipeline {
    /// Memory of one chip (Groq's LPU of 2020: 230 MB, 80 TB/s).
    private static final double CHIP_BYTES = 230e6;

    private static final double CHIP_BYTES_PER_SECOND = 80e12;
    /// Exchanges among the chips of one layer. Fitted on 300 tokens a second of Llama-2-70B (Groq, 2024).
    private static final double LAYER_MICROS = 38.7;

    private final Architecture model;
    private final PriorityQueue<Long> freeAt = new PriorityQueue<>();
    private final long layerNanos;
    private long lastArrival;

    /// What became of a request.
    public record Passage(long startNanos, long firstNanos, long lastNanos) {}

    public LpuPipeline(Architecture model) {
        this.model = model;
        double memory = CHIP_BYTES / CHIP_BYTES_PER_SECOND * 1e6;
        this.layerNanos = Math.round(1e3 * (memory + LAYER_MICROS));
        for (int i = 0; i < model.layers(); i++) {
            freeAt.add(0L);
        }
    }

    /// Chips that hold the weights.
    public int chips() {
        return (int) Math.ceil(model.weightBytes() / CHIP_BYTES);
    }

    /// Time of one token through all layers.
    public long tokenNanos() {
        return model.layers() * layerNanos;
    }

    /// Tokens a second of one sequence.
    public double tokensPerSecond() {
        return 1e9 / tokenNanos();
    }

    public Confidence confidence() {
        return Confidence.ESTIMATED;
    }

    /// Takes a request up. Its prompt's tokens follow each other through the layers, those it makes one after
    /// the other.
    ///
    /// @param atNanos not before the request ahead of it
    public Passage pass(long atNanos, int promptTokens, int outputTokens) {
        if (promptTokens < 1 || outputTokens < 1) {
            throw new IllegalArgumentException(
                    "promptTokens " + promptTokens + " and outputTokens " + outputTokens + " must be above 0");
        }
        if (atNanos < lastArrival) {
            throw new IllegalArgumentException(
                    "a request at " + atNanos + " ns comes after one at " + lastArrival + " ns");
        }
        if ((long) promptTokens + outputTokens > model.contextTokens()) {
            throw new IllegalArgumentException(promptTokens + " and " + outputTokens
                    + " tokens are more than the model's context of " + model.contextTokens());
        }
        lastArrival = atNanos;
        Long free = freeAt.poll();
        long start = Math.max(atNanos, free == null ? 0 : free);
        long first = start + (promptTokens - 1) * layerNanos + tokenNanos();
        long last = first + (outputTokens - 1) * tokenNanos();
        freeAt.add(last);
        return new Passage(start, first, last);
    }
}
