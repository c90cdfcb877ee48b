package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.engine.Admission.Why;
import dev.pagoda.gateway.engine.Sequence.State;
import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/// An LLM engine that batches continuously, step by step, by the rules of vLLM's V1 scheduler.
///
/// Each step has a budget of tokens. Running sequences come first, in the order they were taken up: one token
/// each, or the next chunk of their prompt. Then waiting sequences join in order of arrival while the budget, the
/// places and the KV blocks last. When a running sequence finds no free block, the one taken up last gives all its
/// blocks back and goes to the head of the queue; its tokens so far count as prompt when it returns.
///
/// Time is a parameter: [#advance] carries out all steps due until then, the next beginning where the last one ended,
/// so that a late call delays no later step. Call it before [#submit] with the same time. Not thread-safe.
///
/// @param <T> what callers tie to a sequence
public final class Engine<T> {
    private final EngineLimits limits;
    private final ToLongFunction<StepShape> stepNanos;
    private final KvBlocks blocks;
    private final ArrayDeque<Sequence<T>> waiting = new ArrayDeque<>();
    private final ArrayList<Sequence<T>> running = new ArrayList<>();
    /// Sequences of the step in flight.
    private final ArrayList<Sequence<T>> plan = new ArrayList<>();
    /// Sequences whose news of the completed step are being told.
    private final ArrayList<Sequence<T>> news = new ArrayList<>();

    private final ArrayList<Sequence<T>> firstScheduled = new ArrayList<>();
    private boolean isStepping;
    private boolean isAdvancing;
    private boolean isDraining;
    private long stepEndNanos;
    private long preemptions;
    private long steps;

    /// @param stepNanos how long a step of some shape takes; at least 1
    public Engine(EngineLimits limits, ToLongFunction<StepShape> stepNanos) {
        this.limits = limits;
        this.stepNanos = stepNanos;
        this.blocks = new KvBlocks(limits.kvBlocks());
    }

    /// Queues a sequence that arrives now.
    ///
    /// @param promptTokens at least 1
    /// @param outputTokens at least 1; exactly so many are made unless it is cancelled
    public Admission<T> submit(T owner, int promptTokens, int outputTokens, long nowNanos) {
        if (promptTokens < 1 || outputTokens < 1) {
            throw new IllegalArgumentException(
                    "a sequence of " + promptTokens + " prompt and " + outputTokens + " output tokens is below 1");
        }
        if (isDraining) {
            return new Admission.Refused<>(Why.DRAINING);
        }
        if ((long) promptTokens + outputTokens > limits.contextTokens()) {
            return new Admission.Refused<>(Why.CONTEXT_EXCEEDED);
        }
        if (Sequence.blocksFor(promptTokens + outputTokens) > blocks.count()) {
            return new Admission.Refused<>(Why.KV_EXCEEDED);
        }
        if (waiting.size() >= limits.maxWaiting()) {
            return new Admission.Refused<>(Why.QUEUE_FULL);
        }
        var sequence = new Sequence<>(owner, promptTokens, outputTokens, nowNanos);
        waiting.addLast(sequence);
        return new Admission.Admitted<>(sequence);
    }

    /// Ends a sequence at once and frees its place and its blocks; does nothing when it has ended.
    public void cancel(Sequence<T> sequence) {
        switch (sequence.state) {
            case WAITING -> waiting.remove(sequence);
            case RUNNING -> running.remove(sequence);
            case ENDED -> {
                return;
            }
        }
        end(sequence);
    }

    /// Takes nothing new from now on.
    public void drain() {
        isDraining = true;
    }

    /// Ends everything at once.
    ///
    /// @return what had not finished, in the order it was or would have been taken up
    public List<Sequence<T>> abandon() {
        isDraining = true;
        var left = new ArrayList<Sequence<T>>(running);
        left.addAll(waiting);
        left.forEach(this::end);
        running.clear();
        waiting.clear();
        plan.clear();
        isStepping = false;
        return left;
    }

    /// Carries out every step that ends by now, and begins the next.
    public void advance(long nowNanos, EngineEvents<T> events) {
        if (isAdvancing) {
            return;
        }
        isAdvancing = true;
        try {
            if (!isStepping) {
                begin(nowNanos, events);
            }
            while (isStepping && stepEndNanos <= nowNanos) {
                complete(events);
                begin(stepEndNanos, events);
            }
        } finally {
            isAdvancing = false;
        }
    }

    /// When the step in flight ends; empty when there is nothing to do.
    public OptionalLong dueNanos() {
        return isStepping ? OptionalLong.of(stepEndNanos) : OptionalLong.empty();
    }

    /// Sequences in the batch.
    public int running() {
        return running.size();
    }

    /// Sequences in the queue.
    public int waiting() {
        return waiting.size();
    }

    public boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    public boolean isDraining() {
        return isDraining;
    }

    public int freeBlocks() {
        return blocks.freeCount();
    }

    /// Held share of the KV blocks, 0 to 1.
    public double kvUsage() {
        return 1 - (double) blocks.freeCount() / blocks.count();
    }

    public long preemptions() {
        return preemptions;
    }

    /// Steps begun.
    public long steps() {
        return steps;
    }

    public EngineLimits limits() {
        return limits;
    }

    private void begin(long atNanos, EngineEvents<T> events) {
        plan.clear();
        firstScheduled.clear();
        int budget = planRunning(limits.stepTokens());
        if (budget >= 0) {
            planWaiting(budget);
        }
        isStepping = !plan.isEmpty();
        if (!isStepping) {
            return;
        }
        steps++;
        stepEndNanos = atNanos + Math.max(1, stepNanos.applyAsLong(shape()));
        for (int i = 0; i < firstScheduled.size(); i++) {
            Sequence<T> sequence = firstScheduled.get(i);
            if (!sequence.hasEnded()) {
                events.scheduled(sequence, atNanos);
            }
        }
    }

    /// @return the budget that is left, or -1 after a preemption, when nothing new may join
    private int planRunning(int stepTokens) {
        int budget = stepTokens;
        boolean preempted = false;
        for (int i = 0; i < running.size() && budget > 0; i++) {
            Sequence<T> sequence = running.get(i);
            int tokens = Math.min(sequence.known() - sequence.computed, budget);
            while (!sequence.reserve(sequence.computed + tokens, blocks)) {
                preempted = true;
                if (preemptYoungest() == sequence) {
                    return -1;
                }
            }
            plan(sequence, tokens);
            budget -= tokens;
        }
        return preempted ? -1 : budget;
    }

    private void planWaiting(int stepTokens) {
        int budget = stepTokens;
        while (budget > 0 && running.size() < limits.maxSequences()) {
            Sequence<T> sequence = waiting.peekFirst();
            if (sequence == null) {
                return;
            }
            int tokens = Math.min(sequence.known(), budget);
            if (!sequence.reserve(tokens, blocks)) {
                return;
            }
            waiting.removeFirst();
            running.add(sequence);
            sequence.state = State.RUNNING;
            if (!sequence.wasScheduled) {
                sequence.wasScheduled = true;
                firstScheduled.add(sequence);
            }
            plan(sequence, tokens);
            budget -= tokens;
        }
    }

    private void plan(Sequence<T> sequence, int tokens) {
        sequence.planned = tokens;
        plan.add(sequence);
    }

    private Sequence<T> preemptYoungest() {
        Sequence<T> youngest = running.removeLast();
        youngest.release(blocks);
        youngest.computed = 0;
        youngest.state = State.WAITING;
        waiting.addFirst(youngest);
        preemptions++;
        return youngest;
    }

    private StepShape shape() {
        int tokens = 0;
        int decodes = 0;
        long decodeContext = 0;
        long prefillContext = 0;
        double prefillPairs = 0;
        for (Sequence<T> sequence : plan) {
            int chunk = sequence.planned;
            tokens += chunk;
            if (sequence.decodes()) {
                decodes++;
                decodeContext += sequence.known();
            } else {
                prefillContext += sequence.computed + chunk;
                prefillPairs += chunk * (sequence.computed + chunk / 2.0);
            }
        }
        return new StepShape(tokens, plan.size(), decodes, decodeContext, prefillContext, prefillPairs);
    }

    private void complete(EngineEvents<T> events) {
        isStepping = false;
        news.clear();
        boolean anyFinished = false;
        for (Sequence<T> sequence : plan) {
            if (sequence.hasEnded()) {
                continue;
            }
            sequence.computed += sequence.planned;
            if (sequence.computed == sequence.known()) {
                sequence.generated++;
                news.add(sequence);
                anyFinished |= sequence.generated == sequence.outputTokens();
            }
        }
        if (anyFinished) {
            running.removeIf(sequence -> {
                boolean finishes = sequence.generated == sequence.outputTokens();
                if (finishes) {
                    sequence.release(blocks);
                    sequence.state = State.ENDED;
                }
                return finishes;
            });
        }
        tell(events);
    }

    private void tell(EngineEvents<T> events) {
        long atNanos = stepEndNanos;
        for (int i = 0; i < news.size(); i++) {
            Sequence<T> sequence = news.get(i);
            boolean finished = sequence.generated == sequence.outputTokens();
            if (sequence.hasEnded() && !finished) {
                continue; // cancelled by a receiver of earlier news of this step
            }
            events.token(sequence, sequence.generated - 1, atNanos);
            if (finished) {
                events.finished(sequence, atNanos);
            }
        }
    }

    private void end(Sequence<T> sequence) {
        sequence.release(blocks);
        sequence.state = State.ENDED;
    }
}
