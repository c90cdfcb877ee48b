package dev.pagoda.workflow.graph;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One run of a graph: a machine that is told what happened and answers what to do next.
///
/// **Order.** A node runs once every forward edge into it is decided and at least one was taken; if none
/// was, it is skipped and so are the ways out of it. Nodes that wait for nothing run side by side. An edge
/// that leads back has precedence over the forward edges of its node: its target and everything after it
/// are as new, running visits among them are cancelled. When its traversals are used up it counts as not
/// taken, so that an `Otherwise` edge leaves the loop.
///
/// **Failure.** The first node that fails, misses its deadline or gives what its spec does not promise ends
/// the run. So do the run's own deadline and its bound on steps.
///
/// **Time** is a parameter in nanoseconds of any monotonic clock. Not thread-safe: one owner tells the run
/// everything.
public final class GraphRun {
    private enum State {
        WAITING,
        RUNNING,
        DONE,
        SKIPPED
    }

    private record Visit(int number, int index, long startNanos, long deadlineNanos) {}

    private final Graph graph;
    private final Map<String, Object> variables;
    private final long startNanos;
    private final long deadlineNanos;
    private final int maxSteps;

    private final Map<String, State> states = new HashMap<>();
    private final Map<String, Visit> running = new LinkedHashMap<>();
    private final Map<String, Map<String, Object>> given = new HashMap<>();
    private final Map<Edge, Boolean> decided = new HashMap<>();
    private final Map<Edge, Integer> traversals = new HashMap<>();
    private final List<Effect> effects = new ArrayList<>();
    private int steps;
    private long tokens;
    private long costNanos;
    private @Nullable StepStatus ended;

    /// @param limit    time after which the whole run has failed
    /// @param maxSteps node visits after which the run has failed
    /// @throws IllegalArgumentException if a variable of the graph is missing, unknown or of the wrong type
    public GraphRun(Graph graph, Map<String, Object> variables, Duration limit, int maxSteps, long nowNanos) {
        this.graph = graph;
        this.variables = Map.copyOf(variables);
        this.startNanos = nowNanos;
        this.deadlineNanos = nowNanos + limit.toNanos();
        this.maxSteps = maxSteps;
        wrongValue("input", graph.variables(), variables).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        given.put(Selector.START, this.variables);
        graph.nodes().forEach(node -> states.put(node.id(), State.WAITING));
    }

    /// Begins the run; called once, first.
    public List<Effect> start() {
        emit(new GraphEvent.WorkflowStarted(variables));
        decide(Selector.START, startNanos);
        endIfIdle(startNanos);
        return drain();
    }

    /// A node's visit gave its result. Ignored when that visit is over.
    public List<Effect> finished(String node, int visit, NodeResult result, long nowNanos) {
        if (isCurrent(node, visit)) {
            var spec = graph.node(node);
            var wrong = wrongValue("output", spec.outputs(), result.outputs());
            if (wrong.isPresent()) {
                fail(node, wrong.get(), nowNanos);
            } else {
                close(node, StepStatus.SUCCEEDED, result, Optional.empty(), nowNanos);
                states.put(node, State.DONE);
                given.put(node, result.outputs());
                decide(node, nowNanos);
                endIfIdle(nowNanos);
            }
        }
        return drain();
    }

    /// A node's visit failed. Ignored when that visit is over.
    public List<Effect> failed(String node, int visit, String reason, long nowNanos) {
        if (isCurrent(node, visit)) {
            fail(node, reason, nowNanos);
        }
        return drain();
    }

    /// A node's visit gave a piece of text for the reader. Ignored when that visit is over.
    public List<Effect> text(String node, int visit, String text) {
        if (isCurrent(node, visit) && !text.isEmpty()) {
            emit(new GraphEvent.TextChunk(node, text));
        }
        return drain();
    }

    /// Ends what is past its deadline.
    public List<Effect> expire(long nowNanos) {
        if (ended == null) {
            if (nowNanos - deadlineNanos >= 0) {
                end(StepStatus.FAILED, "the run took longer than " + seconds(deadlineNanos - startNanos), nowNanos);
            } else {
                running.entrySet().stream()
                        .filter(entry -> nowNanos - entry.getValue().deadlineNanos >= 0)
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .ifPresent(node -> fail(
                                node,
                                "node " + node + " took longer than "
                                        + seconds(graph.node(node).timeout().toNanos()),
                                nowNanos));
            }
        }
        return drain();
    }

    /// Ends the run because nobody waits for it any more.
    public List<Effect> stop(String reason, long nowNanos) {
        if (ended == null) {
            end(StepStatus.STOPPED, reason, nowNanos);
        }
        return drain();
    }

    /// The next time at which [#expire] has something to do; meaningless once the run has ended.
    public long nextDeadlineNanos() {
        long next = deadlineNanos;
        for (var visit : running.values()) {
            if (visit.deadlineNanos - next < 0) {
                next = visit.deadlineNanos;
            }
        }
        return next;
    }

    /// Whether the last event was given.
    public boolean hasEnded() {
        return ended != null;
    }

    private boolean isCurrent(String node, int visit) {
        var current = running.get(node);
        return ended == null && current != null && current.number == visit;
    }

    private void decide(String node, long nowNanos) {
        var back = graph.outgoing(node).stream()
                .filter(edge -> edge.leadsBack() && traversals.getOrDefault(edge, 0) < edge.maxTraversals())
                .filter(edge -> !(edge.condition() instanceof Condition.Otherwise) && holds(edge))
                .findFirst();
        if (back.isPresent()) {
            loop(back.get(), nowNanos);
            return;
        }
        var forward =
                graph.outgoing(node).stream().filter(edge -> !edge.leadsBack()).toList();
        boolean any = false;
        for (var edge : forward) {
            boolean taken = !(edge.condition() instanceof Condition.Otherwise) && holds(edge);
            decided.put(edge, taken);
            any |= taken;
        }
        for (var edge : forward) {
            if (edge.condition() instanceof Condition.Otherwise) {
                decided.put(edge, !any);
            }
        }
        for (var edge : forward) {
            arrive(edge.to(), nowNanos);
        }
    }

    private boolean holds(Edge edge) {
        return edge.condition()
                .reads()
                .map(selector -> value(selector).map(edge.condition()::holds).orElse(false))
                .orElse(true);
    }

    private void loop(Edge back, long nowNanos) {
        traversals.merge(back, 1, Integer::sum);
        for (var node : graph.after(back.to())) {
            states.put(node, State.WAITING);
            if (running.containsKey(node)) {
                cancel(node, "the loop " + back + " begins anew", nowNanos);
            }
            graph.outgoing(node).forEach(decided::remove);
        }
        execute(back.to(), nowNanos);
    }

    /// Runs or skips a node whose ways in are all decided.
    private void arrive(String node, long nowNanos) {
        if (ended != null || states.get(node) != State.WAITING) {
            return;
        }
        boolean taken = false;
        for (var edge : graph.incoming(node)) {
            if (!edge.leadsBack()) {
                var verdict = decided.get(edge);
                if (verdict == null) {
                    return;
                }
                taken |= verdict;
            }
        }
        if (taken) {
            execute(node, nowNanos);
        } else {
            states.put(node, State.SKIPPED);
            for (var edge : graph.outgoing(node)) {
                if (!edge.leadsBack()) {
                    decided.put(edge, false);
                    arrive(edge.to(), nowNanos);
                }
            }
        }
    }

    private void execute(String id, long nowNanos) {
        if (steps >= maxSteps) {
            end(StepStatus.FAILED, "the run needs more than " + maxSteps + " steps", nowNanos);
            return;
        }
        var node = graph.node(id);
        var inputs = new LinkedHashMap<String, Object>();
        var missing = new ArrayList<String>();
        node.inputs()
                .forEach((name, input) -> read(input).ifPresentOrElse(value -> inputs.put(name, value), () -> {
                    if (input.required()) {
                        missing.add(name);
                    }
                }));
        var visit =
                new Visit(++steps, steps, nowNanos, nowNanos + node.timeout().toNanos());
        states.put(id, State.RUNNING);
        running.put(id, visit);
        emit(new GraphEvent.NodeStarted(node, visit.index, inputs));
        if (missing.isEmpty()) {
            effects.add(new Effect.Execute(node, visit.number, inputs));
        } else {
            fail(id, "node " + id + " has no value for its input " + missing.getFirst(), nowNanos);
        }
    }

    private Optional<Object> read(Input input) {
        return input.sources().stream()
                .map(this::value)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<Object> value(Selector selector) {
        return Optional.ofNullable(given.get(selector.node())).map(outputs -> outputs.get(selector.output()));
    }

    private void fail(String node, String reason, long nowNanos) {
        close(node, StepStatus.FAILED, NodeResult.of(Map.of()), Optional.of(reason), nowNanos);
        end(StepStatus.FAILED, reason, nowNanos);
    }

    private void cancel(String node, String reason, long nowNanos) {
        var visit = running.get(node);
        if (visit != null) {
            effects.add(new Effect.Cancel(node, visit.number));
            close(node, StepStatus.STOPPED, NodeResult.of(Map.of()), Optional.of(reason), nowNanos);
        }
    }

    private void close(String node, StepStatus status, NodeResult result, Optional<String> error, long nowNanos) {
        var visit = running.remove(node);
        if (visit == null) {
            throw new IllegalStateException("node " + node + " is not running");
        }
        tokens += result.tokens();
        costNanos += result.costNanos();
        emit(new GraphEvent.NodeFinished(
                graph.node(node), visit.index, status, nowNanos - visit.startNanos, result, error));
    }

    private void endIfIdle(long nowNanos) {
        if (ended != null || !running.isEmpty()) {
            return;
        }
        for (var output : graph.outputs().entrySet()) {
            if (output.getValue().required() && read(output.getValue()).isEmpty()) {
                end(StepStatus.FAILED, "no node gave the output " + output.getKey(), nowNanos);
                return;
            }
        }
        end(StepStatus.SUCCEEDED, null, nowNanos);
    }

    private void end(StepStatus status, @Nullable String error, long nowNanos) {
        if (ended != null) {
            return;
        }
        for (var node : List.copyOf(running.keySet())) {
            cancel(node, error == null ? "the run ended" : error, nowNanos);
        }
        ended = status;
        var outputs = new LinkedHashMap<String, Object>();
        graph.outputs().forEach((name, input) -> read(input).ifPresent(value -> outputs.put(name, value)));
        var totals = new GraphEvent.RunTotals(steps, nowNanos - startNanos, tokens, costNanos);
        emit(new GraphEvent.WorkflowFinished(status, totals, outputs, Optional.ofNullable(error)));
    }

    private void emit(GraphEvent event) {
        effects.add(new Effect.Emit(event));
    }

    private List<Effect> drain() {
        var drained = List.copyOf(effects);
        effects.clear();
        return drained;
    }

    private static Optional<String> wrongValue(
            String kind, Map<String, ValueType> promised, Map<String, Object> values) {
        for (var entry : promised.entrySet()) {
            var value = values.get(entry.getKey());
            if (value == null) {
                return Optional.of(kind + " " + entry.getKey() + " is missing");
            }
            if (!entry.getValue().admits(value)) {
                return Optional.of(kind + " " + entry.getKey() + " is a "
                        + value.getClass().getSimpleName() + ", not " + entry.getValue());
            }
        }
        for (var name : values.keySet()) {
            if (!promised.containsKey(name)) {
                return Optional.of(kind + " " + name + " is unknown");
            }
        }
        return Optional.empty();
    }

    private static String seconds(long nanos) {
        return nanos / 1e9 + " s";
    }
}
