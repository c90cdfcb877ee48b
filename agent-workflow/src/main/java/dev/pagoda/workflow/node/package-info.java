/// What the nodes of a workflow do, one file a node type.
@NullMarked
package dev.pagoda.workflow.node;

import org.jspecify.annotations.NullMarked;
