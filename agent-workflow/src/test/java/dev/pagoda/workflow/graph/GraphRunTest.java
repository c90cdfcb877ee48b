package dev.pagoda.workflow.graph;

import static dev.pagoda.workflow.graph.GraphTest.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.workflow.graph.GraphEvent.NodeFinished;
import dev.pagoda.workflow.graph.GraphEvent.WorkflowFinished;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class GraphRunTest {
    private static final Map<String, Object> INPUTS = Map.of("query", "go");
    private static final Map<String, ValueType> QUERY = Map.of("query", ValueType.STRING);

    private final List<GraphEvent> events = new ArrayList<>();
    private final List<String> executed = new ArrayList<>();

    /// Runs a graph to its end; every step takes 10 ns and gives what `behaviour` says of the node's id.
    private WorkflowFinished run(Graph graph, int maxSteps, Function<String, NodeResult> behaviour) {
        long now = 100;
        var run = new GraphRun(graph, INPUTS, Duration.ofSeconds(60), maxSteps, now);
        Deque<Effect> open = new ArrayDeque<>(run.start());
        while (!open.isEmpty()) {
            switch (open.removeFirst()) {
                case Effect.Emit(var event) -> events.add(event);
                case Effect.Cancel ignored -> {}
                case Effect.Execute(var node, var visit, var ignored) -> {
                    executed.add(node.id());
                    now += 10;
                    open.addAll(run.finished(node.id(), visit, behaviour.apply(node.id()), now));
                }
            }
        }
        assertTrue(run.hasEnded());
        return (WorkflowFinished) events.getLast();
    }

    private static NodeResult out(String text) {
        return new NodeResult(Map.of("out", text), 3, 7);
    }

    private static Graph diamond() {
        return new Graph(
                "diamond",
                QUERY,
                List.of(node("a", "start.query"), node("b"), node("c"), node("d", "b.out", "c.out")),
                List.of(
                        Edge.always("start", "a"),
                        Edge.when("a", "b", "a.out", "left", "both"),
                        Edge.when("a", "c", "a.out", "right", "both"),
                        Edge.always("b", "d"),
                        Edge.always("c", "d")),
                Map.of("answer", Input.required(ValueType.STRING, "d.out")));
    }

    @Test
    void skipsTheBranchNotTakenAndJoinsAfterIt() {
        var finished = run(diamond(), 10, id -> out(id.equals("a") ? "right" : id));
        assertEquals(List.of("a", "c", "d"), executed);
        assertEquals(StepStatus.SUCCEEDED, finished.status());
        assertEquals(Map.of("answer", "d"), finished.outputs());
        assertEquals(new GraphEvent.RunTotals(3, 30, 9, 21), finished.totals());
    }

    @Test
    void waitsForBothBranchesBeforeItJoins() {
        run(diamond(), 10, id -> out(id.equals("a") ? "both" : id));
        assertEquals(List.of("a", "b", "c", "d"), executed);
    }

    @Test
    void failsWhenNoNodeGaveAPromisedOutput() {
        var finished = run(diamond(), 10, id -> out("neither"));
        assertEquals(StepStatus.FAILED, finished.status());
        assertEquals("no node gave the output answer", finished.error().orElseThrow());
    }

    private static Graph loop(int maxTraversals) {
        return new Graph(
                "loop",
                QUERY,
                List.of(node("draft"), node("judge", "draft.out"), node("done")),
                List.of(
                        Edge.always("start", "draft"),
                        Edge.always("draft", "judge"),
                        new Edge(
                                "judge",
                                "draft",
                                new Condition.OneOf(Selector.of("judge.out"), java.util.Set.of("bad")),
                                maxTraversals),
                        Edge.otherwise("judge", "done")),
                Map.of());
    }

    @Test
    void leavesALoopWhenItsTraversalsAreUsedUp() {
        assertEquals(StepStatus.SUCCEEDED, run(loop(2), 20, id -> out("bad")).status());
        assertEquals(List.of("draft", "judge", "draft", "judge", "draft", "judge", "done"), executed);
    }

    @Test
    void failsBeyondItsBoundOnSteps() {
        var finished = run(loop(50), 10, id -> out("bad"));
        assertEquals(StepStatus.FAILED, finished.status());
        assertEquals(10, executed.size());
    }

    @Test
    void failsWhenANodeBreaksItsPromise() {
        var finished = run(diamond(), 10, id -> NodeResult.of(Map.of("out", 1)));
        assertEquals("output out is a Integer, not STRING", finished.error().orElseThrow());
        assertTrue(events.stream()
                .anyMatch(event -> event instanceof NodeFinished node && node.status() == StepStatus.FAILED));
    }

    @Test
    void failsANodeAtItsDeadlineAndCancelsTheOthers() {
        var graph = new Graph(
                "pair",
                QUERY,
                List.of(
                        node("slow"),
                        new NodeSpec("slower", "echo", "slower", Map.of(), Map.of(), Duration.ofSeconds(9))),
                List.of(Edge.always("start", "slow"), Edge.always("start", "slower")),
                Map.of());
        var run = new GraphRun(graph, INPUTS, Duration.ofSeconds(60), 10, 0);
        run.start();
        assertEquals(Duration.ofSeconds(5).toNanos(), run.nextDeadlineNanos());
        assertEquals(List.of(), run.expire(run.nextDeadlineNanos() - 1));
        var effects = run.expire(run.nextDeadlineNanos());
        assertTrue(effects.contains(new Effect.Cancel("slower", 2)), effects.toString());
        assertTrue(run.hasEnded());
        assertEquals(List.of(), run.finished("slower", 2, out("late"), 1), "a late report is ignored");
    }

    @Test
    void failsAtTheDeadlineOfTheRun() {
        var run = new GraphRun(diamond(), INPUTS, Duration.ofSeconds(2), 10, 0);
        run.start();
        run.expire(Duration.ofSeconds(2).toNanos());
        assertTrue(run.hasEnded());
    }

    @Test
    void stopsOnRequestAndSaysSo() {
        var run = new GraphRun(diamond(), INPUTS, Duration.ofSeconds(2), 10, 0);
        run.start();
        var last = (Effect.Emit) run.stop("the client left", 5).getLast();
        assertEquals(StepStatus.STOPPED, ((WorkflowFinished) last.event()).status());
        assertEquals(List.of(), run.stop("again", 6));
    }

    @Test
    void passesTextOnOnlyFromARunningNode() {
        var run = new GraphRun(diamond(), INPUTS, Duration.ofSeconds(2), 10, 0);
        run.start();
        assertEquals(List.of(new Effect.Emit(new GraphEvent.TextChunk("a", "hi"))), run.text("a", 1, "hi"));
        assertEquals(List.of(), run.text("a", 2, "hi"));
        assertEquals(List.of(), run.text("b", 1, "hi"));
    }

    @Test
    void refusesInputsThatTheGraphDoesNotTake() {
        for (Map<String, Object> inputs :
                List.<Map<String, Object>>of(Map.of(), Map.of("query", 1), Map.of("query", "q", "more", "m"))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new GraphRun(diamond(), inputs, Duration.ofSeconds(2), 10, 0),
                    inputs.toString());
        }
    }

    @Test
    void ignoresTheReportOfAVisitThatALoopHasReplaced() {
        var graph = new Graph(
                "loop",
                QUERY,
                List.of(node("head"), node("judge"), node("side")),
                List.of(
                        Edge.always("start", "head"),
                        Edge.always("head", "judge"),
                        Edge.always("head", "side"),
                        new Edge("judge", "head", new Condition.Always(), 1)),
                Map.of());
        var run = new GraphRun(graph, INPUTS, Duration.ofSeconds(60), 10, 0);
        run.start();
        run.finished("head", 1, out("x"), 1);
        var effects = run.finished("judge", 2, out("x"), 2);
        assertTrue(effects.contains(new Effect.Cancel("side", 3)), effects.toString());
        assertEquals(List.of(), run.finished("side", 3, out("late"), 3));
        assertFalse(run.hasEnded());
        run.finished("head", 4, out("x"), 4);
        run.finished("judge", 5, out("x"), 5);
        run.finished("side", 6, out("x"), 6);
        assertTrue(run.hasEnded());
    }
}
