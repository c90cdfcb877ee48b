package dev.pagoda.workflow.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds what keeps a graph from being run; its nodes and edges are known to name each other.
final class GraphCheck {
    private final Graph graph;

    GraphCheck(Graph graph) {
        this.graph = graph;
    }

    void addTo(List<String> problems) {
        findCycle(problems);
        findUnreachable(problems);
        findEndlessLoops(problems);
        findBadReads(problems);
    }

    private void findCycle(List<String> problems) {
        var open = new HashMap<String, Integer>();
        var ready = new ArrayList<String>();
        ready.add(Selector.START);
        for (var node : graph.nodes()) {
            int forward = (int) graph.incoming(node.id()).stream()
                    .filter(edge -> !edge.leadsBack())
                    .count();
            open.put(node.id(), forward);
            if (forward == 0) {
                ready.add(node.id());
            }
        }
        while (!ready.isEmpty()) {
            var done = ready.removeFirst();
            open.remove(done);
            for (var edge : graph.outgoing(done)) {
                if (!edge.leadsBack() && open.merge(edge.to(), -1, Integer::sum) == 0) {
                    ready.add(edge.to());
                }
            }
        }
        var stuck = open.keySet().stream()
                .filter(id -> graph.after(id).stream().anyMatch(next -> leadsTo(next, id)))
                .sorted()
                .toList();
        if (!stuck.isEmpty()) {
            problems.add("nodes " + String.join(", ", stuck)
                    + " form a cycle without a bound; give the edge that leads back a number of traversals");
        }
    }

    private boolean leadsTo(String from, String to) {
        return graph.outgoing(from).stream()
                .anyMatch(edge -> !edge.leadsBack() && edge.to().equals(to));
    }

    private void findUnreachable(List<String> problems) {
        Set<String> reached = graph.after(Selector.START);
        for (var node : graph.nodes()) {
            if (!reached.contains(node.id())) {
                problems.add("node " + node.id() + " cannot be reached from start");
            }
        }
    }

    private void findEndlessLoops(List<String> problems) {
        for (var edge : graph.edges()) {
            if (edge.leadsBack() && !graph.after(edge.to()).contains(edge.from())) {
                problems.add("edge " + edge + " has a number of traversals but leads to no node before it");
            }
        }
    }

    private void findBadReads(List<String> problems) {
        for (var node : graph.nodes()) {
            node.inputs().forEach((input, spec) -> {
                for (var source : spec.sources()) {
                    check(
                            "input " + input + " of node " + node.id(),
                            source,
                            spec.type(),
                            isBefore(source, node.id()),
                            problems);
                }
            });
        }
        for (var edge : graph.edges()) {
            edge.condition().reads().ifPresent(value -> {
                boolean known = value.node().equals(edge.from()) || isBefore(value, edge.from());
                var type = edge.condition().readsType().orElseThrow();
                check("the condition of edge " + edge, value, type, known, problems);
            });
        }
        for (Map.Entry<String, Input> output : graph.outputs().entrySet()) {
            for (var source : output.getValue().sources()) {
                check("output " + output.getKey(), source, output.getValue().type(), true, problems);
            }
        }
    }

    private boolean isBefore(Selector source, String node) {
        return graph.outgoing(source.node()).stream()
                .anyMatch(edge -> graph.everAfter(edge.to()).contains(node));
    }

    private void check(String reader, Selector source, ValueType wanted, boolean isBefore, List<String> problems) {
        var type = graph.typeOf(source);
        if (type.isEmpty()) {
            problems.add(reader + " reads " + source + ", which no node gives");
        } else if (type.get() != wanted) {
            problems.add(reader + " reads " + source + " as " + wanted + ", but it is " + type.get());
        } else if (!isBefore) {
            problems.add(reader + " reads " + source + ", which does not run before it");
        }
    }
}
