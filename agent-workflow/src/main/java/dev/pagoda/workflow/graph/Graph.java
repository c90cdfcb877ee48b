package dev.pagoda.workflow.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;

/// A checked workflow: every graph that exists can be run.
///
/// Forward edges form no cycle; a loop exists only by an edge that leads back and bounds how often. Every
/// node can be reached from `start`, and every input and condition reads an output of the right type of a
/// node before it.
public final class Graph {
    private static final int MAX_NODES = 200;
    private static final int MAX_EDGES = 1_000;

    private final String name;
    private final Map<String, ValueType> variables;
    private final Map<String, NodeSpec> nodes;
    private final List<Edge> edges;
    private final Map<String, Input> outputs;
    private final Map<String, List<Edge>> outgoing = new HashMap<>();
    private final Map<String, List<Edge>> incoming = new HashMap<>();

    /// @param variables what a run must be given, read as outputs of `start`
    /// @param outputs   what a run gives in the end
    /// @throws IllegalArgumentException with every problem found, one a line
    public Graph(
            String name,
            Map<String, ValueType> variables,
            List<NodeSpec> nodes,
            List<Edge> edges,
            Map<String, Input> outputs) {
        this.name = name;
        this.variables = Map.copyOf(variables);
        this.nodes = new LinkedHashMap<>();
        this.edges = List.copyOf(edges);
        this.outputs = Map.copyOf(outputs);
        var problems = new ArrayList<String>();
        if (nodes.isEmpty() || nodes.size() > MAX_NODES || edges.size() > MAX_EDGES) {
            problems.add("a graph has 1 to " + MAX_NODES + " nodes and at most " + MAX_EDGES + " edges, not "
                    + nodes.size() + " and " + edges.size());
        }
        for (var node : nodes) {
            if (this.nodes.put(node.id(), node) != null) {
                problems.add("two nodes have the id " + node.id());
            }
        }
        for (var edge : edges) {
            index(edge, problems);
        }
        if (problems.isEmpty()) {
            new GraphCheck(this).addTo(problems);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems));
        }
    }

    private void index(Edge edge, List<String> problems) {
        for (var end : List.of(edge.from(), edge.to())) {
            if (!nodes.containsKey(end) && !end.equals(Selector.START)) {
                problems.add("edge " + edge + " names the unknown node " + end);
            }
        }
        if (edge.to().equals(Selector.START)) {
            problems.add("edge " + edge + " leads into start");
        }
        outgoing.computeIfAbsent(edge.from(), _ -> new ArrayList<>()).add(edge);
        incoming.computeIfAbsent(edge.to(), _ -> new ArrayList<>()).add(edge);
    }

    /// The name of the workflow.
    public String name() {
        return name;
    }

    /// What a run must be given.
    public Map<String, ValueType> variables() {
        return variables;
    }

    /// The nodes in the order they were given.
    public List<NodeSpec> nodes() {
        return List.copyOf(nodes.values());
    }

    /// The edges in the order they were given.
    public List<Edge> edges() {
        return edges;
    }

    Map<String, Input> outputs() {
        return outputs;
    }

    NodeSpec node(String id) {
        var node = nodes.get(id);
        if (node == null) {
            throw new IllegalArgumentException("the graph " + name + " has no node " + id);
        }
        return node;
    }

    List<Edge> outgoing(String node) {
        return outgoing.getOrDefault(node, List.of());
    }

    List<Edge> incoming(String node) {
        return incoming.getOrDefault(node, List.of());
    }

    /// The type of an output, or empty if there is no such node or output.
    Optional<ValueType> typeOf(Selector selector) {
        if (selector.node().equals(Selector.START)) {
            return Optional.ofNullable(variables.get(selector.output()));
        }
        return Optional.ofNullable(nodes.get(selector.node()))
                .flatMap(node -> Optional.ofNullable(node.outputs().get(selector.output())));
    }

    /// The node itself and all that can be reached from it by forward edges, nearest first.
    SequencedSet<String> after(String node) {
        return reach(node, Set.of(false));
    }

    /// As [#after], by edges of both kinds.
    SequencedSet<String> everAfter(String node) {
        return reach(node, Set.of(false, true));
    }

    private SequencedSet<String> reach(String node, Set<Boolean> leadsBack) {
        var reached = new LinkedHashSet<String>();
        reached.add(node);
        var open = new ArrayList<>(reached);
        while (!open.isEmpty()) {
            for (var edge : outgoing(open.removeFirst())) {
                if (leadsBack.contains(edge.leadsBack()) && reached.add(edge.to())) {
                    open.add(edge.to());
                }
            }
        }
        return reached;
    }
}
