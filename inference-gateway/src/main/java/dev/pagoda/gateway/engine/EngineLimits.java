package dev.pagoda.gateway.engine;

/// The bounds of an engine, by vLLM's names.
///
/// @param stepTokens    most tokens of one step (`max_num_batched_tokens`)
/// @param maxSequences  most sequences that run at once (`max_num_seqs`)
/// @param maxWaiting    most sequences that wait; preempted ones come on top
/// @param contextTokens most tokens of one sequence, prompt and output together (`max_model_len`)
/// @param kvBlocks      blocks of keys and values (`num_gpu_blocks`)
public record EngineLimits(int stepTokens, int maxSequences, int maxWaiting, int contextTokens, int kvBlocks) {
    public EngineLimits {
        if (stepTokens < 1 || maxSequences < 1 || maxWaiting < 1 || contextTokens < 1 || kvBlocks < 1) {
            throw new IllegalArgumentException("stepTokens " + stepTokens + ", maxSequences " + maxSequences
                    + ", maxWaiting " + maxWaiting + ", contextTokens " + contextTokens + " and kvBlocks " + kvBlocks
                    + " must all be above 0");
        }
        if (stepTokens < maxSequences) {
            throw new IllegalArgumentException("stepTokens " + stepTokens + " is below maxSequences " + maxSequences
                    + ": not every running sequence could advance");
        }
    }
}
