/// The SQL store of the platform: SQLite in one file or PostgreSQL by URL, one writer that commits groups, many
/// readers.
@NullMarked
package dev.pagoda.governance.store;

import org.jspecify.annotations.NullMarked;
