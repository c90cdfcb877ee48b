package dev.pagoda.governance.store;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// A piece of SQL that runs inside one transaction of the [Store].
///
/// The store begins and ends the transaction: the work neither commits, rolls back, nor keeps the handle. It runs on a
/// thread of the store, so it waits for nothing but the database.
@FunctionalInterface
public interface SqlWork<T extends @Nullable Object> {
    T run(Handle handle) throws Exception;
}
