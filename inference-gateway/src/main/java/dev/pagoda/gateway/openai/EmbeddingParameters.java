package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/// The body of `POST /v1/embeddings`, checked as a whole.
///
/// Token arrays are `cl100k_base` ids, as clients of OpenAI's embedding models send them, and are decoded to text.
///
/// @param base64     whether vectors are answered as base64 of little-endian 32-bit floats
/// @param dimensions how many of a vector's first numbers are told, scaled to unit length again
record EmbeddingParameters(EmbedRequest request, boolean base64, OptionalInt dimensions) {
    /// Tokens of one token array; OpenAI's limit for its embedding models.
    static final int MAX_TOKENS = 8_192;

    /// Size and special ids of `cl100k_base` (tiktoken 0.9, openai_public.py).
    private static final int ORDINARY_TOKENS = 100_256;

    private static final Set<Integer> SPECIAL_TOKENS = Set.of(100_257, 100_258, 100_259, 100_260, 100_276);

    private static final Set<String> KNOWN = Set.of("input", "model", "encoding_format", "dimensions", "user");

    /// Names of other servers of this API; the first two only restate what happens anyway, the last sets a queue's
    /// order.
    private static final Set<String> EXTENSIONS = Set.of(
            "truncate_prompt_tokens", "add_special_tokens", "priority", "input_type", "metadata", "service_tier");

    private static final String INPUT_TYPES =
            "one of a string, array of strings, array of integers, or array of token arrays";

    /// Reads and checks a body.
    ///
    /// @param strict  whether unknown names are refused
    /// @param headers what the client says to the gateway itself
    /// @throws BadParameter for the first fault found
    static EmbeddingParameters of(Parameters body, boolean strict, Map<String, String> headers) {
        if (strict) {
            body.allowOnly(List.of(KNOWN, EXTENSIONS));
        }
        String model = body.requiredText("model");
        boolean base64 = body.choice("encoding_format", List.of("float", "base64"))
                .filter("base64"::equals)
                .isPresent();
        OptionalInt dimensions = body.integer("dimensions", 1);
        body.text("user");
        var request = new EmbedRequest(
                "embd-" + UUID.randomUUID().toString().replace("-", ""),
                model,
                inputs(body),
                HintParameters.of(body, headers));
        return new EmbeddingParameters(request, base64, dimensions);
    }

    private static List<String> inputs(Parameters body) {
        JsonNode input = body.raw("input");
        if (input.isMissingNode()) {
            throw BadParameter.missing("input");
        }
        if (input.isTextual()) {
            return List.of(requireText(input, "input"));
        }
        if (!input.isArray()) {
            throw BadParameter.type("input", INPUT_TYPES, input);
        }
        if (input.isEmpty()) {
            throw BadParameter.emptyArray("input");
        }
        if (input.get(0).isNumber()) {
            return List.of(decode(input, "input"));
        }
        if (input.size() > EmbedRequest.MAX_INPUTS) {
            throw BadParameter.longArray("input", EmbedRequest.MAX_INPUTS, input.size());
        }
        boolean tokens = input.get(0).isArray();
        var texts = new ArrayList<String>(input.size());
        for (int i = 0; i < input.size(); i++) {
            String path = "input[" + i + "]";
            texts.add(tokens ? decode(input.get(i), path) : requireText(input.get(i), path));
        }
        return texts;
    }

    private static String requireText(JsonNode input, String path) {
        if (!input.isTextual()) {
            throw BadParameter.type(path, "a string", input);
        }
        if (input.textValue().isEmpty()) {
            throw BadParameter.emptyString(path);
        }
        return input.textValue();
    }

    private static String decode(JsonNode tokens, String path) {
        if (!tokens.isArray()) {
            throw BadParameter.type(path, "an array of integers", tokens);
        }
        if (tokens.isEmpty()) {
            throw BadParameter.emptyArray(path);
        }
        if (tokens.size() > MAX_TOKENS) {
            throw BadParameter.longArray(path, MAX_TOKENS, tokens.size());
        }
        var ids = new IntArrayList(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            JsonNode token = tokens.get(i);
            if (!token.isIntegralNumber()) {
                throw BadParameter.type(path + "[" + i + "]", "an integer", token);
            }
            if (!token.canConvertToInt() || !isToken(token.intValue())) {
                throw new BadParameter(
                        "Invalid '" + path + "': a number in it is no token of cl100k_base.", path, "invalid_value");
            }
            ids.add(token.intValue());
        }
        return Tokens.CL100K.decode(ids);
    }

    private static boolean isToken(int id) {
        return (id >= 0 && id < ORDINARY_TOKENS) || SPECIAL_TOKENS.contains(id);
    }

    /// Holds the vocabulary, which takes a moment to load, until a client first sends tokens.
    private static final class Tokens {
        private static final Encoding CL100K =
                Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
    }
}
