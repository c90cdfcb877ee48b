package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
import java.util.Arrays;

/// What the sequences of one rank do in one step. Reused from step to step.
final class Step<T> {
    private final ArrayList<Sequence<T>> sequences = new ArrayList<>();
    private int[] tokens = new int[16];
    private int[] past = new int[16];
    private boolean[] makes = new boolean[16];
    private boolean[] decodes = new boolean[16];

    void clear() {
        sequences.clear();
    }

    boolean isEmpty() {
        return sequences.isEmpty();
    }

    int size() {
        return sequences.size();
    }

    Sequence<T> sequence(int index) {
        return sequences.get(index);
    }

    int tokens(int index) {
        return tokens[index];
    }

    /// Whether the sequence has a token more, or several, when the step ends.
    boolean makesToken(int index) {
        return makes[index];
    }

    /// @param makesToken whether everything known of the sequence is computed with this step
    void add(Sequence<T> sequence, int count, boolean makesToken) {
        int index = sequences.size();
        if (index == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * index);
            past = Arrays.copyOf(past, 2 * index);
            makes = Arrays.copyOf(makes, 2 * index);
            decodes = Arrays.copyOf(decodes, 2 * index);
        }
        sequences.add(sequence);
        tokens[index] = count;
        past[index] = sequence.computed;
        makes[index] = makesToken;
        decodes[index] = sequence.isRead();
    }

    /// Takes a sequence out again.
    ///
    /// @return its tokens; 0 when it has no part in the step
    int remove(Sequence<T> sequence) {
        int index = sequences.indexOf(sequence);
        if (index < 0) {
            return 0;
        }
        int removed = tokens[index];
        if (makes[index]) {
            sequence.pending--;
        }
        int last = sequences.size() - 1;
        sequences.remove(index);
        System.arraycopy(tokens, index + 1, tokens, index, last - index);
        System.arraycopy(past, index + 1, past, index, last - index);
        System.arraycopy(makes, index + 1, makes, index, last - index);
        System.arraycopy(decodes, index + 1, decodes, index, last - index);
        return removed;
    }

    StepShape shape() {
        int all = 0;
        int continuing = 0;
        int decodeTokens = 0;
        long decodeContext = 0;
        int longest = 0;
        int shortest = Integer.MAX_VALUE;
        long prefillContext = 0;
        double prefillPairs = 0;
        for (int i = 0; i < sequences.size(); i++) {
            int chunk = tokens[i];
            all += chunk;
            if (decodes[i]) {
                continuing++;
                decodeTokens += chunk;
                decodeContext += past[i];
                longest = Math.max(longest, past[i]);
                shortest = Math.min(shortest, past[i]);
            } else {
                prefillContext += past[i] + chunk;
                prefillPairs += chunk * (past[i] + chunk / 2.0);
            }
        }
        return new StepShape(
                all,
                sequences.size(),
                continuing,
                decodeTokens,
                decodeContext,
                longest,
                continuing == 0 ? 0 : shortest,
                prefillContext,
                prefillPairs);
    }
}
