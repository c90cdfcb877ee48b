package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatStarted;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// OpenAI's `system_fingerprint`: the same while model and version are the same.
final class Fingerprint {
    private Fingerprint() {}

    static String of(ChatStarted started) {
        var sum = new CRC32C();
        sum.update((started.model() + '\n' + started.version()).getBytes(StandardCharsets.UTF_8));
        return "fp_%08x".formatted(sum.getValue());
    }
}
