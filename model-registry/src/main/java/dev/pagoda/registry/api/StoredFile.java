package dev.pagoda.registry.api;

/// A file that a tenant has sent.
///
/// @param id            `file-` and a text of ours, never reused
/// @param filename      as it was sent, for people
/// @param purpose       as it was sent, one of OpenAI's
/// @param bytes         its size
/// @param createdMicros wall clock, microseconds since the epoch
/// @param expiresMicros when it is gone, 0 when it is kept until it is removed
public record StoredFile(
        String id, String filename, String purpose, long bytes, long createdMicros, long expiresMicros) {
    /// A file that is kept until it is removed.
    public StoredFile(String id, String filename, String purpose, long bytes, long createdMicros) {
        this(id, filename, purpose, bytes, createdMicros, 0);
    }

    /// A file that is gone after so many seconds, with 0 when it is removed.
    public static StoredFile lasting(
            long lifeSeconds, String id, String filename, String purpose, long bytes, long createdMicros) {
        long expires = lifeSeconds == 0 ? 0 : createdMicros + lifeSeconds * 1_000_000;
        return new StoredFile(id, filename, purpose, bytes, createdMicros, expires);
    }
}
