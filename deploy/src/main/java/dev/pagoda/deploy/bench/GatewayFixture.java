package dev.pagoda.deploy.bench;

import java.nio.charset.StandardCharsets;

/// What the fixed upstream is asked and answers: a completion of 200 tokens, or 64 chunks of one token.
final class GatewayFixture {
    static final String MODEL = "bench-model";
    static final int CHUNKS = 64;
    static final int TOKENS = 200;
    /// Chunks with text, the role, the finish, the usage and the end mark.
    static final int EVENTS = CHUNKS + 3;

    private static final String MESSAGES =
            "\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
                    + "{\"role\":\"user\",\"content\":\"Tell me, in about two hundred tokens, why the sea is salt.\"}]";
    static final String JSON_REQUEST = "{\"model\":\"" + MODEL + "\"," + MESSAGES + ",\"max_tokens\":256}";
    static final String STREAM_REQUEST = "{\"model\":\"" + MODEL + "\"," + MESSAGES
            + ",\"max_tokens\":256,\"stream\":true,\"stream_options\":{\"include_usage\":true}}";

    private GatewayFixture() {}

    static byte[] json() {
        String text = "Rivers carry dissolved minerals to the sea. ".repeat(TOKENS / 8);
        return bytes(
                "{\"id\":\"chatcmpl-fixed\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"" + MODEL
                        + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + text
                        + "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":32,"
                        + "\"completion_tokens\":" + TOKENS + ",\"total_tokens\":" + (TOKENS + 32) + "}}");
    }

    /// The events, each with its blank line.
    static byte[][] events() {
        byte[][] events = new byte[EVENTS][];
        for (int i = 0; i < CHUNKS; i++) {
            String delta = i == 0 ? "{\"role\":\"assistant\",\"content\":\"\"}" : "{\"content\":\" salt\"}";
            events[i] =
                    chunk("[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":null}]", "null");
        }
        events[CHUNKS] = chunk("[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]", "null");
        events[CHUNKS + 1] = chunk(
                "[]",
                "{\"prompt_tokens\":32,\"completion_tokens\":" + (CHUNKS - 1) + ",\"total_tokens\":" + (CHUNKS + 31)
                        + "}");
        events[CHUNKS + 2] = bytes("data: [DONE]\n\n");
        return events;
    }

    private static byte[] chunk(String choices, String usage) {
        return bytes(
                "data: {\"id\":\"chatcmpl-fixed\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\""
                        + MODEL + "\",\"choices\":" + choices + ",\"usage\":" + usage + "}\n\n");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
