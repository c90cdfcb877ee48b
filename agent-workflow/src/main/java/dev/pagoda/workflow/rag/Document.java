package dev.pagoda.workflow.rag;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A text with a title, as it came from a file or a client.
///
/// @param id    names the document within its knowledge base; a file's path relative to its folder
/// @param title shown with citations; never blank
/// @param text  plain text, lines ended by `\n`, paragraphs parted by a blank line
public record Document(String id, String title, String text) {

    static final int MAX_ID_CHARS = 512;
    static final int MAX_TITLE_CHARS = 512;

    public Document {
        if (id.isBlank() || id.length() > MAX_ID_CHARS) {
            throw new IllegalArgumentException(
                    "document id of " + id.length() + " characters; it needs 1 to " + MAX_ID_CHARS);
        }
        title = title.strip();
        if (title.isEmpty()) {
            title = id;
        }
        if (title.length() > MAX_TITLE_CHARS) {
            title = title.substring(0, MAX_TITLE_CHARS);
        }
        text = normal(text);
        if (text.isBlank()) {
            throw new IllegalArgumentException("document \"" + id + "\" has no text");
        }
    }

    /// The language of the text; the title counts only where the text does not decide.
    public Language language() {
        return Language.detect(text);
    }

    /// SHA-256 over title and text, in hexadecimal: the same for the same content.
    public String contentHash() {
        var digest = sha256();
        digest.update(title.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    private static String normal(String text) {
        var unix = text.replace("\r\n", "\n").replace('\r', '\n').replace("\u0000", "");
        return unix.startsWith("\uFEFF") ? unix.substring(1) : unix;
    }
}
