/// Files of tenants, in blobs and a table, and OpenAI's routes to them.
@NullMarked
package dev.pagoda.registry.files;

import org.jspecify.annotations.NullMarked;
