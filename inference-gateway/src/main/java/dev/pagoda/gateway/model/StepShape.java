package dev.pagoda.gateway.model;

/// What one engine step computes, summed over its sequences.
///
/// @param tokens          tokens that pass through the layers: all prefill chunks and one for each decode
/// @param sequences       sequences that take part
/// @param decodes         sequences that continue
/// @param decodeTokens    tokens of these: one each, or with drafts several
/// @param decodeContext   tokens in the cache that the decodes attend to, summed
/// @param longestContext  the largest of these
/// @param shortestContext the least of these
/// @param prefillContext  tokens that the chunks attend to, `sum of past + chunk`
/// @param prefillPairs    query-key pairs of the chunks, `sum of chunk * (past + chunk / 2)`
public record StepShape(
        int tokens,
        int sequences,
        int decodes,
        int decodeTokens,
        long decodeContext,
        int longestContext,
        int shortestContext,
        long prefillContext,
        double prefillPairs) {
    public StepShape {
        if (tokens < 1
                || sequences < 1
                || decodes < 0
                || decodes > sequences
                || decodeTokens < decodes
                || tokens - decodeTokens < sequences - decodes) {
            throw new IllegalArgumentException("a step of " + tokens + " tokens, " + sequences + " sequences and "
                    + decodes + " decodes is impossible");
        }
        if (decodeContext < 0 || prefillContext < 0 || !(prefillPairs >= 0)) {
            throw new IllegalArgumentException("a step with contexts " + decodeContext + ", " + prefillContext + " and "
                    + prefillPairs + " pairs is impossible");
        }
        if (shortestContext < 0
                || (long) shortestContext * decodes > decodeContext
                || (long) longestContext * decodes < decodeContext) {
            throw new IllegalArgumentException("contexts from " + shortestContext + " to " + longestContext + " of "
                    + decodes + " decodes cannot sum to " + decodeContext);
        }
    }

    /// A step whose decodes have about the same context.
    public StepShape(
            int tokens, int sequences, int decodes, long decodeContext, long prefillContext, double prefillPairs) {
        this(
                tokens,
                sequences,
                decodes,
                decodes,
                decodeContext,
                decodes == 0 ? 0 : (int) Math.ceilDiv(decodeContext, (long) decodes),
                decodes == 0 ? 0 : (int) (decodeContext / decodes),
                prefillContext,
                prefillPairs);
    }

    /// A step of decodes only, each with the same context.
    public static StepShape decode(int sequences, int context) {
        return new StepShape(sequences, sequences, sequences, (long) sequences * context, 0, 0);
    }

    /// A step of one prompt, read whole.
    public static StepShape prefill(int tokens) {
        return new StepShape(tokens, 1, 0, 0, tokens, tokens * (tokens / 2.0));
    }

    /// Sequences that read their prompt.
    public int prefills() {
        return sequences - decodes;
    }

    /// Tokens of all chunks.
    public int prefillTokens() {
        return tokens - decodeTokens;
    }

    public double meanContext() {
        return decodes == 0 ? 0 : (double) decodeContext / decodes;
    }

    boolean hasPrefill() {
        return sequences > decodes;
    }
}
