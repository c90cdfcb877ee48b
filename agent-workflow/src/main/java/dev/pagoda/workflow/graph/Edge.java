package dev.pagoda.workflow.graph;

import java.util.Set;

/// A way from one node to the next.
///
/// @param maxTraversals 0 for a way forward; above 0 the edge leads back, may be taken so often in a run,
///                      and everything after its target runs again
public record Edge(String from, String to, Condition condition, int maxTraversals) {
    private static final int MOST_TRAVERSALS = 100;

    public Edge {
        if (maxTraversals < 0 || maxTraversals > MOST_TRAVERSALS) {
            throw new IllegalArgumentException("edge " + from + " -> " + to + " may be taken 0 to " + MOST_TRAVERSALS
                    + " times, not " + maxTraversals);
        }
    }

    /// An edge that is always taken.
    public static Edge always(String from, String to) {
        return new Edge(from, to, new Condition.Always(), 0);
    }

    /// An edge that is taken when no other edge of its node is.
    public static Edge otherwise(String from, String to) {
        return new Edge(from, to, new Condition.Otherwise(), 0);
    }

    /// An edge that is taken when the value, written `node.output`, is one of these texts.
    public static Edge when(String from, String to, String value, String... texts) {
        return new Edge(from, to, new Condition.OneOf(Selector.of(value), Set.of(texts)), 0);
    }

    /// An edge that is taken when the boolean, written `node.output`, is true.
    public static Edge whenTrue(String from, String to, String value) {
        return new Edge(from, to, new Condition.Is(Selector.of(value), true), 0);
    }

    /// An edge that is taken when the boolean, written `node.output`, is false.
    public static Edge whenFalse(String from, String to, String value) {
        return new Edge(from, to, new Condition.Is(Selector.of(value), false), 0);
    }

    boolean leadsBack() {
        return maxTraversals > 0;
    }

    @Override
    public String toString() {
        return from + " -> " + to;
    }
}
