package dev.pagoda.vectors.collection;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The refusals of the store, each with its code.
public final class Refusals {
    private Refusals() {}

    public static Refused collectionNotFound(String name) {
        return new Refused(Reason.NOT_FOUND, "collection_not_found", "Collection `" + name + "` doesn't exist!");
    }

    /// A collection that a request names beside its own.
    public static Refused otherCollectionNotFound(String name) {
        return new Refused(Reason.NOT_FOUND, "collection_not_found", "Collection " + name + " not found");
    }

    public static Refused collectionExists(String name) {
        return new Refused(Reason.CONFLICT, "collection_exists", "Collection `" + name + "` already exists!");
    }

    public static Refused aliasNotFound(String name) {
        return new Refused(Reason.NOT_FOUND, "alias_not_found", "Alias " + name + " does not exists!");
    }

    /// A name that no alias may have.
    public static Refused invalidAlias(String name) {
        return new Refused(
                Reason.UNPROCESSABLE,
                "validation_error",
                "[alias_name: value \"" + name + "\" invalid, must be from 1 to 255 characters]");
    }

    public static Refused pointNotFound(String message) {
        return new Refused(Reason.NOT_FOUND, "point_not_found", message);
    }

    /// The request has a sense but does not fit the collection.
    public static Refused invalidInput(String message) {
        return new Refused(Reason.INVALID, "invalid_input", message);
    }

    /// The request fits but cannot be served.
    public static Refused badRequest(String message) {
        return new Refused(Reason.INVALID, "bad_request", message);
    }

    /// A name that no collection may have.
    public static Refused invalidName(String message) {
        return new Refused(Reason.UNPROCESSABLE, "invalid_name", message);
    }

    /// A value of the request that is out of its range.
    public static Refused outOfRange(String field, @Nullable Object value, String demand) {
        return new Refused(
                Reason.UNPROCESSABLE,
                "validation_error",
                "[" + field + ": value " + value + " invalid, " + demand + "]");
    }

    /// A fusion ranks what others found and searches no field itself.
    public static Refused fusionWithField() {
        return badRequest("Fusion queries cannot be combined with the 'using' field.");
    }

    public static Refused overloaded(String message) {
        return new Refused(new Refusal(Reason.EXHAUSTED, "overloaded", message, 1));
    }

    /// @param retrySeconds when to come again, 0 if it would be refused again
    public static Refused rateLimited(String message, int retrySeconds) {
        return new Refused(new Refusal(Reason.EXHAUSTED, "rate_limited", message, retrySeconds));
    }

    public static Refused storageFailed(String message) {
        return new Refused(Reason.INSUFFICIENT_STORAGE, "storage_failed", message);
    }

    public static Refused quotaExceeded(String message) {
        return new Refused(Reason.INSUFFICIENT_STORAGE, "quota_exceeded", message);
    }

    /// A file of the collection is damaged.
    public static Refused damaged(String message) {
        return new Refused(Reason.INTERNAL, "storage_damaged", message);
    }

    /// What really failed, without the wrapping that a chain of futures adds.
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
