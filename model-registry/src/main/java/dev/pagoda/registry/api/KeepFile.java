package dev.pagoda.registry.api;

/// Has a file kept for the caller's tenant.
///
/// @param purpose     one of OpenAI's, those that only servers write included
/// @param content     not to be written to any more
/// @param lifeSeconds after which it is gone, 0 to keep it until it is removed
public record KeepFile(String filename, String purpose, byte[] content, long lifeSeconds) {
    public KeepFile {
        if (lifeSeconds < 0) {
            throw new IllegalArgumentException("lifeSeconds " + lifeSeconds + " is below 0");
        }
    }
}
