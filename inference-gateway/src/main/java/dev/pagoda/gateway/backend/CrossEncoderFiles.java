package dev.pagoda.gateway.backend;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.RerankerConfig;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the files of a cross-encoder are, and what they tell before they are loaded.
///
/// @param weights     ONNX; ONNX Runtime finds weights that it keeps in further files beside it
/// @param tokenizer   as Hugging Face's `tokenizers` writes it
/// @param paddingId   of the token behind the shorter pairs of a batch; nothing depends on it but that it exists
/// @param scalesByRun whether activations are quantised by scales that depend on all that is in a run, so that a pair
///                    would get another score beside others than alone
record CrossEncoderFiles(Path weights, Path tokenizer, long paddingId, boolean scalesByRun) {
    private static final List<String> WEIGHTS =
            List.of("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx");
    private static final String TOKENIZER = "tokenizer.json";
    /// That of XLM-RoBERTa has 17 MB.
    private static final long MAX_TOKENIZER_BYTES = 128L << 20;

    private static final Set<String> PADDING = Set.of("[PAD]", "<pad>");
    /// The operator that finds such scales, whose name is in the file of each model that has it.
    private static final byte[] SCALING = "DynamicQuantizeLinear".getBytes(StandardCharsets.US_ASCII);

    private static final ObjectMapper JSON = new ObjectMapper();

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Tokenizer(
            @Nullable Padding padding,
            @JsonProperty("added_tokens") @Nullable List<Token> addedTokens) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Padding(@JsonProperty("pad_id") long id) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Token(long id, @Nullable String content) {}

    /// @throws UnusableModel if one is missing or cannot be read
    static CrossEncoderFiles of(RerankerConfig config) {
        Path folder = Path.of(config.folder()).toAbsolutePath().normalize();
        if (!Files.isDirectory(folder)) {
            throw new UnusableModel(config.name(), "there is no folder " + folder, null);
        }
        List<String> wanted = config.file() == null ? WEIGHTS : List.of(config.file());
        Path weights = wanted.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() ->
                        new UnusableModel(config.name(), folder + " has no file " + String.join(", ", wanted), null));
        Path tokenizer = folder.resolve(TOKENIZER);
        if (!Files.isRegularFile(tokenizer)) {
            throw new UnusableModel(config.name(), folder + " has no file " + TOKENIZER, null);
        }
        try {
            if (Files.size(tokenizer) > MAX_TOKENIZER_BYTES) {
                throw new UnusableModel(
                        config.name(), tokenizer + " is larger than " + MAX_TOKENIZER_BYTES + " bytes", null);
            }
            return new CrossEncoderFiles(weights, tokenizer, paddingId(tokenizer), contains(weights, SCALING));
        } catch (IOException unreadable) {
            throw new UnusableModel(config.name(), "cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static long paddingId(Path tokenizer) throws IOException {
        Tokenizer told = JSON.readValue(tokenizer.toFile(), Tokenizer.class);
        if (told.padding() != null) {
            return told.padding().id();
        }
        List<Token> added = told.addedTokens() == null ? List.of() : told.addedTokens();
        return added.stream()
                .filter(token -> token.content() != null && PADDING.contains(token.content()))
                .mapToLong(Token::id)
                .findFirst()
                .orElse(0);
    }

    /// Horspool 1980.
    private static boolean contains(Path file, byte[] sought) throws IOException {
        try (FileChannel channel = FileChannel.open(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            MemorySegment pattern = MemorySegment.ofArray(sought);
            int last = sought.length - 1;
            int[] shifts = new int[256];
            Arrays.fill(shifts, sought.length);
            for (int i = 0; i < last; i++) {
                shifts[sought[i] & 0xff] = last - i;
            }
            for (long at = 0; at + last < bytes.byteSize(); ) {
                byte end = bytes.get(ValueLayout.JAVA_BYTE, at + last);
                if (end == sought[last]
                        && MemorySegment.mismatch(bytes, at, at + sought.length, pattern, 0, sought.length) < 0) {
                    return true;
                }
                at += shifts[end & 0xff];
            }
            return false;
        }
    }
}
