/// Tests of the workflow module as one piece.
@NullMarked
package dev.pagoda.workflow;

import org.jspecify.annotations.NullMarked;
