/// Runs of workflows: the shell that drives a graph, the workflows that ship, and the history of runs.
@NullMarked
package dev.pagoda.workflow.run;

import org.jspecify.annotations.NullMarked;
