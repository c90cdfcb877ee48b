/// A workflow as a directed graph of typed nodes: its rules, and the pure machine that runs it step by step.
@NullMarked
package dev.pagoda.workflow.graph;

import org.jspecify.annotations.NullMarked;
