package dev.pagoda.gateway.backend;

import java.util.Objects;

/// A piece of a message.
///
/// Pictures, sounds and files are not kept, only what a simulated engine and its ledger need of them: their form, how
/// many tokens their protocol counts them as, and a digest by which two of the same content are known to be the same.
public sealed interface ContentPart {
    /// Tokens of the part beside its text.
    default int tokens() {
        return 0;
    }

    /// What can be read of the part, empty when nothing can.
    default String text() {
        return "";
    }

    record Text(String text) implements ContentPart {
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /// @param mediaType such as `image/png`, empty when unknown
    /// @param width     pixels, 0 when unknown
    /// @param height    pixels, 0 when unknown
    /// @param digest    names the content
    /// @param tokens    as the client's protocol counts
    record Image(String mediaType, int width, int height, String digest, int tokens) implements ContentPart {
        public Image {
            Objects.requireNonNull(mediaType, "mediaType");
            Objects.requireNonNull(digest, "digest");
            requireCount("tokens", tokens);
            requireCount("width", width);
            requireCount("height", height);
        }
    }

    /// @param format  such as `wav`
    /// @param seconds length, 0 when unknown
    record Audio(String format, double seconds, String digest, int tokens) implements ContentPart {
        public Audio {
            Objects.requireNonNull(format, "format");
            Objects.requireNonNull(digest, "digest");
            requireCount("tokens", tokens);
            if (!(seconds >= 0)) {
                throw new IllegalArgumentException("seconds " + seconds + " are below 0");
            }
        }
    }

    /// @param text what could be read of it, empty when nothing could; counted beside `tokens`
    record File(String name, String mediaType, String text, String digest, int tokens) implements ContentPart {
        public File {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(mediaType, "mediaType");
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(digest, "digest");
            requireCount("tokens", tokens);
        }
    }

    private static void requireCount(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " " + value + " is below 0");
        }
    }
}
