package dev.pagoda.gateway;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A cross-encoder whose files are on this machine, laid out as on the Hugging Face Hub.
///
/// @param name      what clients put into `model`, with or without the organisation before a `/`
/// @param folder    with `tokenizer.json` and the weights, relative to the working folder
/// @param file      the weights below the folder; by default the first there is of `model.onnx`, `onnx/model.onnx`,
///                  `model_quantized.onnx`, `onnx/model_quantized.onnx`
/// @param maxTokens of a question with a document, 16 to 2048, 512 by default; what is longer is cut
public record RerankerConfig(
        String name,
        String folder,
        @Nullable String file,
        @Nullable Integer maxTokens) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}");
    /// What BERT and XLM-RoBERTa were trained with.
    private static final int MAX_TOKENS = 512;

    public RerankerConfig {
        Objects.requireNonNull(name, "name is missing");
        Objects.requireNonNull(folder, "folder is missing");
        if (!NAME.matcher(name).matches() || name.endsWith("/")) {
            throw new IllegalArgumentException(
                    "name '" + name + "' is not 1 to 200 letters, digits, '.', '_', '-' and '/'");
        }
        if (maxTokens != null && (maxTokens < 16 || maxTokens > 2048)) {
            throw new IllegalArgumentException("maxTokens " + maxTokens + " is not within 16 to 2048");
        }
    }

    /// Most tokens of a pair.
    public int tokens() {
        return maxTokens == null ? MAX_TOKENS : maxTokens;
    }

    /// A name in lower case without the organisation, by which models are told apart.
    public static String bare(String name) {
        return name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    }
}
