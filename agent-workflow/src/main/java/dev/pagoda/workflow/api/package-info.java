/// Ports of knowledge bases and workflows, and the records they carry.
@NullMarked
package dev.pagoda.workflow.api;

import org.jspecify.annotations.NullMarked;
