/// The catalogue of models: rules in memory, tables in SQL, and the models that Pagoda brings along.
@NullMarked
package dev.pagoda.registry.model;

import org.jspecify.annotations.NullMarked;
