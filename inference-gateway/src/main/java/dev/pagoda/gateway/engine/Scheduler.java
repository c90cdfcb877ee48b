package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.engine.Sequence.State;
import dev.pagoda.gateway.model.KvCapacity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The rules by which one rank of an engine fills its steps: those of vLLM's V1 scheduler.
///
/// A step has a budget of tokens. Running sequences come first, in the order they were taken up: one token each, or
/// the next chunk of their prompt. Then waiting ones join, by priority and arrival, while the budget, the places and
/// the KV blocks last, and share the blocks of a prefix that is in the cache. When a running sequence finds no free
/// block, the one of the last priority, and among those the one taken up last, gives its blocks back and waits again;
/// its tokens so far count as prompt when it returns, and as much of them as is still in the cache is not computed
/// again. A step with a preemption takes up nothing new.
final class Scheduler<T> {
    private final EngineLimits limits;
    private final EngineRules rules;
    private final KvBlocks blocks;
    private final TreeSet<Sequence<T>> waiting = new TreeSet<>(
            Comparator.<Sequence<T>>comparingInt(Sequence::priority).thenComparingLong(sequence -> sequence.number));
    private final ArrayList<Sequence<T>> running = new ArrayList<>();
    private final Set<Integer> adapters = new HashSet<>();
    private boolean hasPriorities;
    private long preemptions;
    private long prefixQueries;
    private long prefixHits;
    private long drafts;
    private long draftTokens;
    private final long[] acceptedAt;

    Scheduler(EngineLimits limits, EngineRules rules) {
        this.limits = limits;
        this.rules = rules;
        this.blocks = new KvBlocks(limits.kvBlocks());
        this.acceptedAt = new long[rules.drafts()];
    }

    void submit(Sequence<T> sequence) {
        hasPriorities |= sequence.priority() != 0;
        waiting.add(sequence);
    }

    int running() {
        return running.size();
    }

    int waiting() {
        return waiting.size();
    }

    KvBlocks blocks() {
        return blocks;
    }

    long preemptions() {
        return preemptions;
    }

    /// Tokens of which the cache was asked whether it has them.
    long prefixQueries() {
        return prefixQueries;
    }

    /// Tokens that it had.
    long prefixHits() {
        return prefixHits;
    }

    /// Times that tokens were drafted.
    long drafts() {
        return drafts;
    }

    long draftTokens() {
        return draftTokens;
    }

    /// How often the drafted token of this place was right.
    long acceptedAt(int position) {
        return acceptedAt[position];
    }

    void cancel(Sequence<T> sequence) {
        if (sequence.state == State.WAITING) {
            waiting.remove(sequence);
        } else {
            running.remove(sequence);
        }
        end(sequence);
    }

    /// Ends everything.
    ///
    /// @return what ran, then what waited, in their orders
    List<Sequence<T>> abandon() {
        var left = new ArrayList<Sequence<T>>(running);
        left.addAll(waiting);
        left.forEach(this::end);
        running.clear();
        waiting.clear();
        return left;
    }

    /// Leading tokens of a prompt that are in the cache.
    int cachedTokens(Prompt prompt) {
        int matches = 0;
        long[] names = prompt.blockNames();
        while (matches < names.length && blocks.find(names[matches]) != KvBlocks.NONE) {
            matches++;
        }
        return matches * KvCapacity.BLOCK_TOKENS;
    }

    /// Fills the next step.
    ///
    /// @param fresh receives the sequences that take part in a step for the first time
    void plan(Step<T> step, List<Sequence<T>> fresh) {
        step.clear();
        int budget = planRunning(step);
        if (budget > 0 && !waiting.isEmpty()) {
            planWaiting(step, budget, fresh);
        }
    }

    /// @return the budget that is left; 0 after a preemption, when nothing new may join
    private int planRunning(Step<T> step) {
        int budget = limits.stepTokens();
        boolean preempted = false;
        int i = 0;
        while (i < running.size() && budget > 0) {
            Sequence<T> sequence = running.get(i);
            int tokens = Math.min(ahead(sequence), budget);
            if (tokens <= 0) {
                i++;
                continue;
            }
            boolean hasBlocks = sequence.reserve(sequence.computed + tokens, blocks);
            while (!hasBlocks && sequence.state == State.RUNNING) {
                preempted = true;
                int victim = victim();
                Sequence<T> loser = running.remove(victim);
                budget += step.remove(loser);
                preempt(loser);
                if (victim < i) {
                    i--;
                }
                hasBlocks = loser != sequence && sequence.reserve(sequence.computed + tokens, blocks);
            }
            if (!hasBlocks) {
                continue; // it lost its own place, which the next one has now
            }
            add(step, sequence, tokens);
            budget -= tokens;
            i++;
        }
        return preempted ? 0 : budget;
    }

    /// Tokens that a running sequence could take part with.
    private int ahead(Sequence<T> sequence) {
        if (sequence.needsNoMoreSteps()) {
            return 0;
        }
        int believed = rules.asyncScheduling() ? sequence.pending : 0;
        int tokens = sequence.known() + believed - sequence.computed;
        if (rules.drafts() > 0 && sequence.isRead()) {
            tokens += Math.min(rules.drafts(), sequence.outputTokens() - sequence.generated - 1);
        }
        return tokens;
    }

    private int victim() {
        int last = running.size() - 1;
        if (!hasPriorities) {
            return last;
        }
        int victim = last;
        for (int i = last - 1; i >= 0; i--) {
            Sequence<T> each = running.get(i);
            Sequence<T> worst = running.get(victim);
            if (each.priority() > worst.priority()
                    || (each.priority() == worst.priority() && each.number > worst.number)) {
                victim = i;
            }
        }
        return victim;
    }

    private void preempt(Sequence<T> sequence) {
        sequence.release(blocks);
        sequence.computed = 0;
        sequence.state = State.WAITING;
        sequence.countPreemption();
        waiting.add(sequence);
        preemptions++;
    }

    private void planWaiting(Step<T> step, int stepTokens, List<Sequence<T>> fresh) {
        int budget = stepTokens;
        gatherAdapters(step);
        Iterator<Sequence<T>> each = waiting.iterator();
        while (each.hasNext() && budget > 0 && running.size() < limits.maxSequences()) {
            Sequence<T> sequence = each.next();
            if (lacksAdapterSlot(sequence)) {
                continue;
            }
            int matches = rules.prefixCaching() ? sequence.matching(blocks) : 0;
            int known = sequence.known();
            int ready = Math.max(matches * KvCapacity.BLOCK_TOKENS, Math.min(sequence.remoteTokens(), known - 1));
            int tokens = Math.min(known - ready, budget);
            int needed = Sequence.blocksFor(rules.reserveWholePrompt() ? known : ready + tokens) - matches;
            if (needed > blocks.freeCount() - sequence.freeAmong(matches, blocks)) {
                return;
            }
            each.remove();
            sequence.share(matches, blocks);
            sequence.reserve(ready + tokens, blocks);
            sequence.computed = ready;
            sequence.toRead = known;
            sequence.state = State.RUNNING;
            running.add(sequence);
            if (rules.prefixCaching()) {
                prefixQueries += known;
                prefixHits += (long) matches * KvCapacity.BLOCK_TOKENS;
            }
            if (!sequence.wasScheduled) {
                sequence.wasScheduled = true;
                sequence.rememberCached(ready);
                fresh.add(sequence);
            }
            needAdapter(sequence);
            add(step, sequence, tokens);
            budget -= tokens;
        }
    }

    /// Those of the step, and in a pipeline those of other steps under way, whose sequences come back.
    private void gatherAdapters(Step<T> step) {
        adapters.clear();
        if (rules.adapterSlots() == Integer.MAX_VALUE) {
            return;
        }
        for (int i = 0; i < step.size(); i++) {
            needAdapter(step.sequence(i));
        }
        for (int i = 0; i < running.size(); i++) {
            if (!running.get(i).needsNoMoreSteps()) {
                needAdapter(running.get(i));
            }
        }
    }

    private void needAdapter(Sequence<T> sequence) {
        if (sequence.adapter() != Submission.NO_ADAPTER) {
            adapters.add(sequence.adapter());
        }
    }

    private boolean lacksAdapterSlot(Sequence<T> sequence) {
        return sequence.adapter() != Submission.NO_ADAPTER
                && adapters.size() >= rules.adapterSlots()
                && !adapters.contains(sequence.adapter());
    }

    private void add(Step<T> step, Sequence<T> sequence, int tokens) {
        boolean makesToken = sequence.computed + tokens >= sequence.known() + sequence.pending;
        step.add(sequence, tokens, makesToken);
        sequence.computed += tokens;
        if (rules.prefixCaching()) {
            sequence.nameComplete(blocks);
        }
        if (makesToken) {
            sequence.pending++;
        }
    }

    /// Carries out what a step has computed.
    ///
    /// @param news receives the sequences that have more tokens, and how many had been made before
    void complete(Step<T> step, News<T> news) {
        boolean anyFinished = false;
        for (int i = 0; i < step.size(); i++) {
            Sequence<T> sequence = step.sequence(i);
            if (sequence.hasEnded() || !step.makesToken(i)) {
                continue;
            }
            int before = sequence.generated;
            int drafted = sequence.state == State.RUNNING ? sequence.computed - sequence.known() : 0;
            int made = 1 + (rules.drafts() == 0 ? 0 : accepted(sequence, drafted));
            sequence.pending--;
            sequence.generated += made;
            if (rules.drafts() > 0 && sequence.state == State.RUNNING) {
                // what was computed for wrong drafts is void
                sequence.computed = sequence.known() - 1;
            }
            news.add(sequence, before);
            anyFinished |= sequence.generated == sequence.outputTokens();
        }
        if (anyFinished) {
            endFinished(step);
        }
    }

    private void endFinished(Step<T> step) {
        for (int i = 0; i < step.size(); i++) {
            Sequence<T> sequence = step.sequence(i);
            if (!sequence.hasEnded() && sequence.generated == sequence.outputTokens()) {
                if (sequence.state == State.WAITING) {
                    waiting.remove(sequence);
                }
                end(sequence);
            }
        }
        running.removeIf(Sequence::hasEnded);
    }

    private void end(Sequence<T> sequence) {
        sequence.release(blocks);
        sequence.state = State.ENDED;
    }

    /// How many of the drafted tokens are right, always the same for the same place of the same sequence.
    private int accepted(Sequence<T> sequence, int drafted) {
        int right = 0;
        drafts += drafted > 0 ? 1 : 0;
        draftTokens += Math.max(0, drafted);
        while (right < drafted) {
            long draw = Prompt.mix(Prompt.mix(sequence.number + 1) + sequence.generated + right);
            if ((draw >>> 11) * 0x1p-53 >= rules.acceptance()) {
                break;
            }
            acceptedAt[right++]++;
        }
        return right;
    }

    /// Checks that every block is free or held exactly as often as sequences hold it.
    ///
    /// @throws IllegalStateException if not
    void checkBlocks() {
        int[] holders = new int[blocks.count()];
        for (Sequence<T> sequence : running) {
            if (sequence.blockCount() < Sequence.blocksFor(sequence.computed)) {
                throw new IllegalStateException(
                        sequence.blockCount() + " blocks hold " + sequence.computed + " tokens of a sequence");
            }
            for (int i = 0; i < sequence.blockCount(); i++) {
                holders[sequence.block(i)]++;
            }
        }
        int free = 0;
        for (int i = 0; i < holders.length; i++) {
            if (holders[i] != blocks.holders(i)) {
                throw new IllegalStateException(
                        "block " + i + " counts " + blocks.holders(i) + " holders, not " + holders[i]);
            }
            free += holders[i] == 0 ? 1 : 0;
        }
        if (free != blocks.freeCount()) {
            throw new IllegalStateException(blocks.freeCount() + " blocks count as free, not " + free);
        }
        for (Sequence<T> sequence : waiting) {
            if (sequence.blockCount() != 0) {
                throw new IllegalStateException("a waiting sequence holds " + sequence.blockCount() + " blocks");
            }
        }
    }
}
