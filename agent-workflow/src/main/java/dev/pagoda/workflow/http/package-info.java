/// The platform's own routes of knowledge bases, workflows and tickets.
@NullMarked
package dev.pagoda.workflow.http;

import org.jspecify.annotations.NullMarked;
