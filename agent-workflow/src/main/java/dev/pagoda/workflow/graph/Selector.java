package dev.pagoda.workflow.graph;

/// Names one output of one node, written `node.output`; the run's own inputs are outputs of `start`.
public record Selector(String node, String output) {

    /// The id under which the inputs of a run are read.
    public static final String START = "start";

    /// The selector written as `node.output`.
    ///
    /// @throws IllegalArgumentException if there is no dot with text on both sides
    public static Selector of(String written) {
        int dot = written.indexOf('.');
        if (dot < 1 || dot == written.length() - 1) {
            throw new IllegalArgumentException("selector \"" + written + "\" is not of the form node.output");
        }
        return new Selector(written.substring(0, dot), written.substring(dot + 1));
    }

    @Override
    public String toString() {
        return node + "." + output;
    }
}
