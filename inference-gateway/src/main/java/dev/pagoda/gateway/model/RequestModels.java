package dev.pagoda.gateway.model;

import dev.pagoda.gateway.model.RequestModel.Encoder;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestModel.Painter;
import dev.pagoda.gateway.model.RequestModel.Sounds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The models that answer requests as a whole and are known by name.
public final class RequestModels {
    /// By lower-case name without the organisation. Weights are parameters of the models' cards in 16 bits, those of
    /// text encoders and decoders of pictures included.
    private static final Map<String, RequestModel> KNOWN = new LinkedHashMap<>();

    static {
        add(new Encoder(Kind.EMBEDDING, EncoderTime.Shape.MINI_LM, 45e6));
        add(new Encoder(Kind.EMBEDDING, EncoderTime.Shape.BGE_SMALL, 67e6));
        add(new Encoder(Kind.EMBEDDING, EncoderTime.Shape.BGE_BASE, 219e6));
        add(new Encoder(Kind.EMBEDDING, EncoderTime.Shape.BGE_LARGE, 670e6));
        add(new Encoder(Kind.EMBEDDING, EncoderTime.Shape.BGE_M3, 1_136e6));
        add(new Encoder(Kind.RERANK, EncoderTime.Shape.BGE_RERANKER, 1_136e6));
        add(new Painter(DiffusionTime.Shape.SD_15, 2_130e6));
        add(new Painter(DiffusionTime.Shape.SDXL, 6_940e6));
        add(new Painter(DiffusionTime.Shape.SDXL_TURBO, 6_940e6));
        add(new Painter(DiffusionTime.Shape.FLUX_DEV, 33.7e9));
        SpeechTime.Shape.known().forEach(shape -> add(new Sounds(shape)));
    }

    /// Names of OpenAI's models, which are not published, for ones of their kind that are.
    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("sdxl", "stable-diffusion-xl-base-1.0"),
            Map.entry("dall-e-2", "stable-diffusion-v1-5"),
            Map.entry("dall-e-3", "stable-diffusion-xl-base-1.0"),
            Map.entry("gpt-image-1", "flux.1-dev"),
            Map.entry("gpt-image-1.5", "flux.1-dev"),
            Map.entry("gpt-image-2", "flux.1-dev"),
            Map.entry("gpt-image-1-mini", "stable-diffusion-xl-base-1.0"),
            Map.entry("chatgpt-image-latest", "flux.1-dev"),
            Map.entry("tts-1", "orpheus-3b"),
            Map.entry("tts-1-hd", "orpheus-3b"),
            Map.entry("gpt-4o-mini-tts", "orpheus-3b"),
            Map.entry("whisper-1", "whisper-large-v3"),
            Map.entry("gpt-4o-transcribe", "whisper-large-v3"),
            Map.entry("gpt-4o-transcribe-diarize", "whisper-large-v3"),
            Map.entry("gpt-4o-mini-transcribe", "whisper-large-v3-turbo"));

    private RequestModels() {}

    private static void add(RequestModel model) {
        KNOWN.put(model.name().toLowerCase(Locale.ROOT), model);
    }

    /// The model of a name, with or without its organisation and in any case; OpenAI's names stand for some.
    public static Optional<RequestModel> find(String name) {
        String bare = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return Optional.ofNullable(KNOWN.get(ALIASES.getOrDefault(bare, bare)));
    }

    /// By what names they may be asked for: their own, then those that stand for one.
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        KNOWN.values().forEach(model -> names.add(model.name()));
        names.sort(String.CASE_INSENSITIVE_ORDER);
        ALIASES.keySet().stream().sorted().forEach(names::add);
        return names;
    }

    public static List<RequestModel> known() {
        return List.copyOf(KNOWN.values());
    }
}
