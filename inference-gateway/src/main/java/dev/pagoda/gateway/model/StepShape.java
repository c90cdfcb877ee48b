package dev.pagoda.gateway.model;

/// What one engine step computes, summed over its sequences.
///
/// @param tokens         tokens that pass through the layers: all prefill chunks and one for each decode
/// @param sequences      sequences that take part
/// @param decodes        sequences that continue by one token
/// @param decodeContext  tokens that the decodes attend to, summed
/// @param prefillContext tokens that the chunks attend to, `sum of past + chunk`
/// @param prefillPairs   query-key pairs of the chunks, `sum of chunk * (past + chunk / 2)`
public record StepShape(
        int tokens, int sequences, int decodes, long decodeContext, long prefillContext, double prefillPairs) {
    public StepShape {
        if (tokens < 1 || sequences < 1 || decodes < 0 || decodes > sequences || tokens < sequences) {
            throw new IllegalArgumentException("a step of " + tokens + " tokens, " + sequences + " sequences and "
                    + decodes + " decodes is impossible");
        }
        if (decodeContext < 0 || prefillContext < 0 || !(prefillPairs >= 0)) {
            throw new IllegalArgumentException("a step with contexts " + decodeContext + ", " + prefillContext + " and "
                    + prefillPairs + " pairs is impossible");
        }
    }

    /// A step of decodes only, each with the same context.
    public static StepShape decode(int sequences, int context) {
        return new StepShape(sequences, sequences, sequences, (long) sequences * context, 0, 0);
    }

    /// A step of one prompt, read whole.
    public static StepShape prefill(int tokens) {
        return new StepShape(tokens, 1, 0, 0, tokens, tokens * (tokens / 2.0));
    }

    boolean hasPrefill() {
        return tokens > decodes;
    }
}
