package dev.pagoda.workflow.graph;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GraphTest {
    private static final Map<String, ValueType> QUERY = Map.of("query", ValueType.STRING);

    static NodeSpec node(String id, String... reads) {
        Map<String, Input> inputs =
                reads.length == 0 ? Map.of() : Map.of("in", Input.required(ValueType.STRING, reads));
        return new NodeSpec(id, "echo", id, inputs, Map.of("out", ValueType.STRING), Duration.ofSeconds(5));
    }

    private static Graph graph(List<NodeSpec> nodes, Edge... edges) {
        return new Graph("test", QUERY, nodes, List.of(edges), Map.of());
    }

    private static void assertRefused(String part, List<NodeSpec> nodes, Edge... edges) {
        var refused = assertThrows(IllegalArgumentException.class, () -> graph(nodes, edges));
        assertTrue(String.valueOf(refused.getMessage()).contains(part), refused.getMessage());
    }

    @Test
    void acceptsABranchThatJoins() {
        assertDoesNotThrow(() -> graph(
                List.of(node("a", "start.query"), node("b", "a.out"), node("c", "a.out"), node("d", "b.out", "c.out")),
                Edge.always("start", "a"),
                Edge.when("a", "b", "a.out", "left"),
                Edge.otherwise("a", "c"),
                Edge.always("b", "d"),
                Edge.always("c", "d")));
    }

    @Test
    void refusesAnEdgeToANodeThatIsNotThere() {
        assertRefused("unknown node z", List.of(node("a")), Edge.always("start", "a"), Edge.always("a", "z"));
    }

    @Test
    void refusesTwoNodesOfOneName() {
        assertRefused("two nodes have the id a", List.of(node("a"), node("a")), Edge.always("start", "a"));
    }

    @Test
    void refusesACycleWithoutABound() {
        assertRefused(
                "nodes a, b form a cycle",
                List.of(node("a"), node("b"), node("c")),
                Edge.always("start", "a"),
                Edge.always("a", "b"),
                Edge.always("b", "a"),
                Edge.always("b", "c"));
    }

    @Test
    void refusesABoundOnAnEdgeThatLeadsForward() {
        assertRefused(
                "leads to no node before it",
                List.of(node("a"), node("b")),
                Edge.always("start", "a"),
                Edge.always("a", "b"),
                new Edge("a", "b", new Condition.Always(), 2));
    }

    @Test
    void refusesANodeThatCannotBeReached() {
        assertRefused("node b cannot be reached", List.of(node("a"), node("b")), Edge.always("start", "a"));
    }

    @Test
    void refusesAnInputThatNothingGives() {
        assertRefused(
                "a.nothing, which no node gives",
                List.of(node("a"), node("b", "a.nothing")),
                Edge.always("start", "a"),
                Edge.always("a", "b"));
        assertRefused("c.out, which no node gives", List.of(node("a", "c.out")), Edge.always("start", "a"));
    }

    @Test
    void refusesAnInputFromANodeThatRunsLater() {
        assertRefused(
                "b.out, which does not run before it",
                List.of(node("a", "b.out"), node("b")),
                Edge.always("start", "a"),
                Edge.always("a", "b"));
    }

    @Test
    void refusesAnInputOfAnotherType() {
        var number = new NodeSpec("n", "echo", "n", Map.of(), Map.of("out", ValueType.NUMBER), Duration.ofSeconds(1));
        assertRefused(
                "as STRING, but it is NUMBER",
                List.of(number, node("b", "n.out")),
                Edge.always("start", "n"),
                Edge.always("n", "b"));
    }

    @Test
    void refusesAConditionOfTheWrongType() {
        assertRefused(
                "the condition of edge a -> b",
                List.of(node("a"), node("b")),
                Edge.always("start", "a"),
                Edge.whenTrue("a", "b", "a.out"));
    }

    @Test
    void refusesAnEmptyGraphAndBadNames() {
        assertRefused("1 to 200 nodes", List.of());
        assertThrows(IllegalArgumentException.class, () -> node("start"));
        assertThrows(IllegalArgumentException.class, () -> node("a b"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("nodot"));
    }
}
