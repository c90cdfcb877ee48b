/// Collections of points: what is stored, how it changes, and how a query is answered.
@NullMarked
package dev.pagoda.vectors.collection;

import org.jspecify.annotations.NullMarked;
