/// Which points a filter means, evaluated over payloads of plain Java values.
@NullMarked
package dev.pagoda.vectors.filter;

import org.jspecify.annotations.NullMarked;
