/// The application layer: knowledge bases and workflows over the platform's models and vectors.
@NullMarked
package dev.pagoda.workflow;

import org.jspecify.annotations.NullMarked;
