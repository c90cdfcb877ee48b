package dev.pagoda.compute.api;

import java.util.Objects;

/// What has to arrive at a node before a task can run there: its image and its weights. A node keeps on its own
/// disks what it used last, so the names say what is the same.
///
/// @param image       what tells the image from others, for example a digest; empty for none
/// @param imageBytes  packed
/// @param weights     what tells the weights from others, for example a model and its version; empty for none
/// @param weightBytes of the whole model, which every node of a gang fetches
public record Artefacts(String image, long imageBytes, String weights, long weightBytes) {
    /// 1 PiB.
    public static final long MAX_BYTES = 1L << 50;

    static final int MAX_NAME_CHARS = 300;

    /// Nothing to wait for.
    public static final Artefacts NONE = new Artefacts("", 0, "", 0);

    public Artefacts {
        check("image", Objects.requireNonNull(image, "image"), imageBytes);
        check("weights", Objects.requireNonNull(weights, "weights"), weightBytes);
    }

    private static void check(String what, String name, long bytes) {
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException(what + " of " + bytes + " bytes, outside 0 to " + MAX_BYTES);
        }
        if (name.length() > MAX_NAME_CHARS) {
            throw new IllegalArgumentException(
                    "the name of " + what + " has " + name.length() + " characters, above " + MAX_NAME_CHARS);
        }
        if (bytes > 0 && name.isBlank()) {
            throw new IllegalArgumentException(what + " of " + bytes + " bytes, but without a name");
        }
    }
}
