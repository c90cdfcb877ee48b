package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.media.Picture;
import dev.pagoda.gateway.media.Speech;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.openai.OpenAiRoutes.Ledger;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `/images` and `/audio/speech`, by simulated engines: valid pictures and sounds that follow from the request.
///
/// A request waits for a device of its model and takes its time there; usage is booked under the name that was asked
/// for. Pictures are drawn and sounds made on the worker pool.
final class MediaRoutes {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
    private static final int MAX_SIDE = 4_096;
    private static final int MAX_PICTURES = 10;
    private static final int MAX_PROMPT = 32_000;
    private static final int MAX_SPEECH = 4_096;
    private static final int SPEECH_PIECE = 24_000;

    /// Tokens of 1,024 by 1,024 pixels by quality (OpenAI's guide "Image generation", 2025).
    private static final int LOW_TOKENS = 272;

    private static final int MEDIUM_TOKENS = 1_056;
    private static final int HIGH_TOKENS = 4_160;
    private static final double SQUARE = 1_024 * 1_024;

    private final RequestService engines;
    private final Ledger ledger;
    private final InstantSource clock;

    MediaRoutes(RequestService engines, Ledger ledger, InstantSource clock) {
        this.engines = engines;
        this.ledger = ledger;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/images/generations", this::generate)
                .post("/images/edits", ctx -> change(ctx, true))
                .post("/images/variations", ctx -> change(ctx, false))
                .post("/audio/speech", this::speak);
    }

    /// What is to be drawn.
    private record Drawing(
            String model,
            String prompt,
            int n,
            int width,
            int height,
            String quality,
            Picture.Form form,
            boolean asUrl,
            Optional<byte[]> source) {
        int tokens() {
            int square = quality.equals("low") ? LOW_TOKENS : quality.equals("medium") ? MEDIUM_TOKENS : HIGH_TOKENS;
            return (int) Math.ceil(square * (width * (double) height) / SQUARE) * n;
        }
    }

    private void generate(RoutingContext ctx) {
        Answers.read(
                        ctx,
                        body -> drawing(
                                body.text("model").orElse("gpt-image-1"),
                                body.requiredText("prompt"),
                                (int) body.integer("n", 1, MAX_PICTURES).orElse(1),
                                body.text("size").orElse("auto"),
                                body.text("quality").orElse("auto"),
                                body.text("output_format").orElse("png"),
                                body.text("response_format").orElse("b64_json"),
                                checked(body)))
                .compose(drawing -> draw(ctx, drawing))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static Optional<byte[]> checked(Parameters body) {
        if (body.flag("stream")) {
            throw BadParameter.unsupported("stream", "with true");
        }
        body.choice("background", List.of("transparent", "opaque", "auto"));
        body.choice("moderation", List.of("low", "auto"));
        body.choice("style", List.of("vivid", "natural"));
        body.integer("output_compression", 0, 100);
        body.integer("partial_images", 0, 3);
        body.text("user");
        return Optional.empty();
    }

    private void change(RoutingContext ctx, boolean hasPrompt) {
        Future.succeededFuture()
                .map(begun -> {
                    byte[] source = Uploads.required(ctx, "image").content().getBytes();
                    if (ImageHeader.read(source)
                            .filter(header -> header.width() <= MAX_SIDE && header.height() <= MAX_SIDE)
                            .isEmpty()) {
                        throw new BadParameter(
                                "Invalid 'image': it is no PNG, JPEG, GIF or WEBP of at most " + MAX_SIDE + " by "
                                        + MAX_SIDE + " pixels.",
                                "image",
                                "invalid_image_format");
                    }
                    String prompt = Uploads.text(ctx, "prompt").orElse("");
                    if (hasPrompt && prompt.isEmpty()) {
                        throw BadParameter.missing("prompt");
                    }
                    return drawing(
                            Uploads.text(ctx, "model").orElse("gpt-image-1"),
                            prompt,
                            number(Uploads.text(ctx, "n").orElse("1")),
                            Uploads.text(ctx, "size").orElse("auto"),
                            Uploads.text(ctx, "quality").orElse("auto"),
                            Uploads.text(ctx, "output_format").orElse("png"),
                            Uploads.text(ctx, "response_format").orElse("b64_json"),
                            Optional.of(source));
                })
                .compose(drawing -> draw(ctx, drawing))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static int number(String text) {
        try {
            int n = Integer.parseInt(text);
            if (n >= 1 && n <= MAX_PICTURES) {
                return n;
            }
        } catch (NumberFormatException noNumber) {
            // told below, as one out of range is
        }
        throw BadParameter.above("n", "integer", MAX_PICTURES, BadParameter.echo(text));
    }

    private static Drawing drawing(
            String model,
            String prompt,
            int n,
            String size,
            String quality,
            String format,
            String response,
            Optional<byte[]> source) {
        if (prompt.length() > MAX_PROMPT) {
            throw BadParameter.longString("prompt", MAX_PROMPT, prompt.length());
        }
        if (format.equals("webp")) {
            throw BadParameter.unsupported("output_format", "with 'webp'");
        }
        if (!List.of("png", "jpeg").contains(format)) {
            throw BadParameter.value("output_format", format, List.of("png", "jpeg"));
        }
        if (!List.of("url", "b64_json").contains(response)) {
            throw BadParameter.value("response_format", response, List.of("url", "b64_json"));
        }
        String level = switch (quality) {
            case "low", "medium", "high" -> quality;
            case "standard", "auto" -> "medium";
            case "hd" -> "high";
            default ->
                throw BadParameter.value(
                        "quality", quality, List.of("low", "medium", "high", "auto", "standard", "hd"));
        };
        Matcher sides = SIZE.matcher(size.equals("auto") ? "1024x1024" : size);
        int width = sides.matches() ? Integer.parseInt(sides.group(1)) : 0;
        int height = width > 0 ? Integer.parseInt(sides.group(2)) : 0;
        if (width < 16 || height < 16 || width > MAX_SIDE || height > MAX_SIDE) {
            throw BadParameter.value(
                    "size", size, List.of("256x256", "512x512", "1024x1024", "1024x1536", "1536x1024", "auto"));
        }
        Picture.Form form = format.equals("png") ? Picture.Form.PNG : Picture.Form.JPEG;
        return new Drawing(model, prompt, n, width, height, level, form, response.equals("url"), source);
    }

    private Future<Void> draw(RoutingContext ctx, Drawing drawing) {
        String id = ResponseItems.newId("img-");
        Call call = Answers.named(ctx, id);
        Instant begun = clock.instant();
        var work = new RequestWork.Pictures(drawing.n(), drawing.width(), drawing.height(), 0);
        return engines.serve(drawing.model(), Kind.IMAGE, work, call)
                .onSuccess(served -> tell(ctx, served))
                .compose(served -> ctx.vertx()
                        .executeBlocking(
                                () -> {
                                    var pictures = new ArrayList<byte[]>(drawing.n());
                                    for (int i = 0; i < drawing.n(); i++) {
                                        long seed = 31L * drawing.prompt().hashCode() + i;
                                        pictures.add(Picture.draw(
                                                drawing.width(),
                                                drawing.height(),
                                                seed,
                                                drawing.form(),
                                                drawing.source()));
                                    }
                                    return pictures;
                                },
                                false))
                .compose(pictures -> {
                    int prompt = Tokens.count(drawing.prompt())
                            + drawing.source().map(source -> LOW_TOKENS).orElse(0);
                    return book(id, "images", drawing.model(), prompt, drawing.tokens(), begun, call)
                            .map(booked -> answer(drawing, pictures, prompt));
                })
                .map(body -> {
                    Answers.json(ctx, body);
                    return null;
                });
    }

    private Buffer answer(Drawing drawing, List<byte[]> pictures, int promptTokens) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("created", clock.instant().getEpochSecond());
        for (byte[] picture : pictures) {
            String base64 = Base64.getEncoder().encodeToString(picture);
            ObjectNode one = answer.withArray("data").addObject();
            if (drawing.asUrl()) {
                one.put("url", "data:" + drawing.form().mediaType() + ";base64," + base64);
            } else {
                one.put("b64_json", base64);
            }
        }
        String size = drawing.width() + "x" + drawing.height();
        answer.put("background", "opaque").put("output_format", drawing.form() == Picture.Form.PNG ? "png" : "jpeg");
        // the answer's schema knows the sizes of one model only
        if (List.of("1024x1024", "1024x1536", "1536x1024").contains(size)) {
            answer.put("size", size);
        }
        answer.put("quality", drawing.quality());
        int image = drawing.source().map(source -> LOW_TOKENS).orElse(0);
        ObjectNode usage = answer.putObject("usage")
                .put("input_tokens", promptTokens)
                .put("output_tokens", drawing.tokens())
                .put("total_tokens", promptTokens + drawing.tokens());
        usage.putObject("input_tokens_details")
                .put("text_tokens", promptTokens - image)
                .put("image_tokens", image);
        return Buffer.buffer(answer.toString());
    }

    /// What is to be said.
    private record Saying(String model, String text, String voice, String format, double speed, boolean asEvents) {}

    private void speak(RoutingContext ctx) {
        Answers.read(ctx, MediaRoutes::saying)
                .compose(saying -> {
                    String id = ResponseItems.newId("speech-");
                    Call call = Answers.named(ctx, id);
                    Instant begun = clock.instant();
                    int prompt = Tokens.count(saying.text());
                    return ctx.vertx()
                            .executeBlocking(() -> Speech.pcm(saying.text(), saying.voice(), saying.speed()), false)
                            .compose(pcm -> spoken(ctx, saying, pcm, call))
                            .compose(pcm -> {
                                int made = (int) Math.ceil(10.0 * pcm.length / Short.BYTES / Speech.RATE);
                                return book(id, "speech", saying.model(), prompt, made, begun, call)
                                        .map(booked -> {
                                            send(ctx, saying, pcm, prompt, made);
                                            return null;
                                        });
                            });
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// Completes when a device had the time to speak so long.
    private Future<byte[]> spoken(RoutingContext ctx, Saying saying, byte[] pcm, Call call) {
        var work = new RequestWork.Sound((double) pcm.length / Short.BYTES / Speech.RATE);
        return engines.serve(saying.model(), Kind.SPEECH, work, call)
                .onSuccess(served -> tell(ctx, served))
                .map(pcm);
    }

    static void tell(RoutingContext ctx, RequestService.Served served) {
        if (!ctx.response().ended() && !ctx.response().headWritten()) {
            ctx.response().putHeader(RequestService.HEADER, served.header());
        }
    }

    private static Saying saying(Parameters body) {
        String text = body.requiredText("input");
        if (text.length() > MAX_SPEECH) {
            throw BadParameter.longString("input", MAX_SPEECH, text.length());
        }
        JsonNode voice = body.raw("voice");
        String name = voice.isObject() ? Parameters.of(voice, "voice").requiredText("id") : body.requiredText("voice");
        String format = body.text("response_format").orElse("wav");
        if (List.of("mp3", "opus", "aac", "flac").contains(format)) {
            throw BadParameter.unsupported("response_format", "with '" + format + "' (use 'wav' or 'pcm')");
        }
        if (!List.of("wav", "pcm").contains(format)) {
            throw BadParameter.value("response_format", format, List.of("wav", "pcm"));
        }
        double speed = body.decimal("speed", 0, 4).orElse(1);
        if (speed < .25) {
            throw BadParameter.below("speed", "decimal", .25, Double.toString(speed));
        }
        body.text("instructions");
        boolean asEvents = body.choice("stream_format", List.of("sse", "audio"))
                .filter("sse"::equals)
                .isPresent();
        return new Saying(body.requiredText("model"), text, name, format, speed, asEvents);
    }

    private static void send(RoutingContext ctx, Saying saying, byte[] pcm, int promptTokens, int made) {
        byte[] sound = saying.format().equals("wav") ? Speech.wav(pcm, saying.text()) : pcm;
        if (!saying.asEvents()) {
            Answers.bytes(ctx, saying.format().equals("wav") ? "audio/wav" : "audio/pcm", Buffer.buffer(sound));
            return;
        }
        EventStream.begin(ctx);
        Buffer events = Buffer.buffer();
        for (int at = 0; at < sound.length; at += SPEECH_PIECE) {
            byte[] piece = Arrays.copyOfRange(sound, at, Math.min(sound.length, at + SPEECH_PIECE));
            ObjectNode event = JsonNodeFactory.instance
                    .objectNode()
                    .put("type", "speech.audio.delta")
                    .put("audio", Base64.getEncoder().encodeToString(piece));
            ResponseRun.write(events, event);
        }
        ObjectNode done = JsonNodeFactory.instance.objectNode().put("type", "speech.audio.done");
        done.putObject("usage")
                .put("input_tokens", promptTokens)
                .put("output_tokens", made)
                .put("total_tokens", promptTokens + made);
        ResponseRun.write(events, done);
        ctx.response().end(events).onFailure(gone -> {});
    }

    private Future<?> book(
            String id, String operation, String model, int prompt, int completion, Instant begun, Call call) {
        return book(ledger, clock, id, operation, model, prompt, completion, begun, call);
    }

    static Future<?> book(
            Ledger ledger,
            InstantSource clock,
            String id,
            String operation,
            String model,
            int prompt,
            int completion,
            Instant begun,
            Call call) {
        Duration taken = Duration.between(begun, clock.instant());
        return ledger.record(
                new UsageRecord(
                        id,
                        operation,
                        model,
                        prompt,
                        completion,
                        UsageRecord.Outcome.COMPLETED,
                        begun.getEpochSecond() * 1_000_000 + begun.getNano() / 1_000,
                        Math.max(0, taken.toNanos() / 1_000)),
                call);
    }
}
