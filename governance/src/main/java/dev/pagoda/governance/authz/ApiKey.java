package dev.pagoda.governance.authz;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/// A whole API key, public id and secret: `pgd-`, 16 hexadecimal digits, then 32 random bytes in url-safe Base64.
///
/// The first 20 characters are the key's public id, by which it is looked up, listed and revoked. Only the SHA-256 of
/// the text is stored. A random secret of 256 bits needs no slow hash: there is nothing to guess.
///
/// @param text all 63 characters; a secret, so it is never printed
public record ApiKey(String text) {
    private static final int ID_CHARS = 20;
    private static final int CHARS = 63;
    private static final String PREFIX = "pgd-";

    /// Never given anything, so that any thread may copy it.
    private static final MessageDigest FRESH = fresh();

    public ApiKey {
        if (!hasForm(text)) {
            throw new IllegalArgumentException("a text of " + text.length() + " characters is not of a key's form");
        }
    }

    static ApiKey random(SecureRandom random) {
        var id = new byte[8];
        var secret = new byte[32];
        random.nextBytes(id);
        random.nextBytes(secret);
        return new ApiKey("pgd-" + HexFormat.of().formatHex(id)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    static Optional<ApiKey> parse(String text) {
        return hasForm(text) ? Optional.of(new ApiKey(text)) : Optional.empty();
    }

    static boolean isId(String text) {
        return text.length() == ID_CHARS && beginsWithId(text);
    }

    private static boolean hasForm(String text) {
        if (text.length() != CHARS || !beginsWithId(text)) {
            return false;
        }
        for (int i = ID_CHARS; i < CHARS; i++) {
            char c = text.charAt(i);
            boolean isBase64 =
                    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!isBase64) {
                return false;
            }
        }
        return true;
    }

    private static boolean beginsWithId(String text) {
        if (!text.startsWith(PREFIX)) {
            return false;
        }
        for (int i = PREFIX.length(); i < ID_CHARS; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }

    public String id() {
        return text.substring(0, ID_CHARS);
    }

    byte[] sha256() {
        try {
            // a copy of a fresh one costs less than finding out who makes them
            return ((MessageDigest) FRESH.clone()).digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be copied", e);
        }
    }

    private static MessageDigest fresh() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "ApiKey[" + id() + "]";
    }
}
