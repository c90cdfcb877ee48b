package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.media.Picture;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.openai.OpenAiRoutes.Ledger;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Departure;
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
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `/images`, by simulated engines: valid pictures that follow from the request.
///
/// A request waits for a device of its model and takes its time there; usage is booked under the name that was asked
/// for. Pictures are drawn on the worker pool.
final class MediaRoutes {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
    private static final List<String> SIZES = List.of("1024x1024", "1024x1536", "1536x1024");
    private static final List<String> FORMATS = List.of("png", "jpeg", "webp");
    private static final List<String> BACKGROUNDS = List.of("transparent", "opaque", "auto");
    private static final int MAX_SIDE = 4_096;
    private static final int MAX_PICTURES = 10;
    private static final int MAX_PROMPT = 32_000;
    private static final int MAX_PARTIALS = 3;

    /// How well a picture is made.
    ///
    /// Tokens of 1,024 by 1,024 pixels are OpenAI's (its guide "Image generation", 2025).
    ///
    /// @param steps of denoising, 0 for as many as the model's makers advise
    private record Quality(String name, int tokens, int steps) {
        static final Quality LOW = new Quality("low", 272, 4);
        static final Quality MEDIUM = new Quality("medium", 1_056, 14);
        static final Quality HIGH = new Quality("high", 4_160, 0);
    }

    private static final double SQUARE = 1_024 * 1_024;

    private final MediaService media;
    private final Ledger ledger;
    private final InstantSource clock;

    MediaRoutes(MediaService media, Ledger ledger, InstantSource clock) {
        this.media = media;
        this.ledger = ledger;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/images/generations", this::generate)
                .post("/images/edits", ctx -> change(ctx, true))
                .post("/images/variations", ctx -> change(ctx, false));
    }

    /// How a picture is told while it is made.
    ///
    /// @param event    the first part of the events' names, empty for one object
    /// @param partials pictures that are not done yet
    private record Telling(String event, int partials) {
        static final Telling WHOLE = new Telling("", 0);

        boolean isStream() {
            return !event.isEmpty();
        }
    }

    /// What is to be drawn.
    private record Drawing(
            String model,
            String prompt,
            int n,
            int width,
            int height,
            Quality quality,
            Picture.Look look,
            boolean asUrl,
            Optional<byte[]> source,
            Telling telling) {
        /// What the schema of the answer knows, which is the sizes of one model only.
        Optional<String> toldSize() {
            return Optional.of(width + "x" + height).filter(SIZES::contains);
        }

        String format() {
            return look.form().format();
        }

        String background() {
            return look.isTransparent() ? "transparent" : "opaque";
        }

        int tokens() {
            return (int) Math.ceil(quality.tokens() * (width * (double) height) / SQUARE) * n;
        }

        int promptTokens() {
            return Tokens.count(prompt)
                    + source.map(picture -> Quality.LOW.tokens()).orElse(0);
        }

        /// The same by other words.
        Drawing of(String words) {
            return new Drawing(model, words, n, width, height, quality, look, asUrl, source, telling);
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
                                look(
                                        body.text("output_format").orElse("png"),
                                        body.choice("background", BACKGROUNDS).orElse("auto"),
                                        (int) body.integer("output_compression", 0, Picture.Look.FULL)
                                                .orElse(Picture.Look.FULL)),
                                body.text("response_format").orElse("b64_json"),
                                Optional.empty(),
                                telling(body)))
                .compose(drawing -> draw(ctx, drawing))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static Telling telling(Parameters body) {
        body.choice("moderation", List.of("low", "auto"));
        body.choice("style", List.of("vivid", "natural"));
        body.text("user");
        int partials = (int) body.integer("partial_images", 0, MAX_PARTIALS).orElse(0);
        return body.flag("stream") ? new Telling("image_generation", partials) : Telling.WHOLE;
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
                            number("n", Uploads.text(ctx, "n").orElse("1"), 1, MAX_PICTURES),
                            Uploads.text(ctx, "size").orElse("auto"),
                            Uploads.text(ctx, "quality").orElse("auto"),
                            look(
                                    Uploads.text(ctx, "output_format").orElse("png"),
                                    Uploads.choice(ctx, "background", "auto", BACKGROUNDS),
                                    number(
                                            "output_compression",
                                            Uploads.text(ctx, "output_compression")
                                                    .orElse("100"),
                                            0,
                                            Picture.Look.FULL)),
                            Uploads.text(ctx, "response_format").orElse("b64_json"),
                            Optional.of(source),
                            hasPrompt ? editing(ctx) : Telling.WHOLE);
                })
                .compose(drawing -> draw(ctx, drawing))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static Telling editing(RoutingContext ctx) {
        int partials =
                number("partial_images", Uploads.text(ctx, "partial_images").orElse("0"), 0, MAX_PARTIALS);
        return Uploads.choice(ctx, "stream", "false", List.of("true", "false")).equals("true")
                ? new Telling("image_edit", partials)
                : Telling.WHOLE;
    }

    private static int number(String name, String text, int least, int most) {
        int number;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException noNumber) {
            throw new BadParameter(
                    "Invalid type for '" + name + "': expected an integer, but got '" + BadParameter.echo(text)
                            + "' instead.",
                    name,
                    "invalid_type");
        }
        if (number < least) {
            throw BadParameter.below(name, "integer", least, text);
        }
        if (number > most) {
            throw BadParameter.above(name, "integer", most, text);
        }
        return number;
    }

    /// @param compression how much is kept, in percent
    private static Picture.Look look(String format, String background, int compression) {
        if (!FORMATS.contains(format)) {
            throw BadParameter.value("output_format", format, FORMATS);
        }
        Picture.Form form = Picture.Form.valueOf(format.toUpperCase(Locale.ROOT));
        boolean isTransparent = background.equals("transparent");
        if (isTransparent && form == Picture.Form.JPEG) {
            throw new BadParameter(
                    "Transparent background is not supported for JPEG output format", "background", "invalid_value");
        }
        if (compression < Picture.Look.FULL && form == Picture.Form.PNG) {
            throw new BadParameter(
                    "Compression less than 100 is not supported for PNG output format",
                    null,
                    "invalid_png_output_compression");
        }
        return new Picture.Look(form, compression, isTransparent);
    }

    private static Drawing drawing(
            String model,
            String prompt,
            int n,
            String size,
            String quality,
            Picture.Look look,
            String response,
            Optional<byte[]> source,
            Telling telling) {
        if (telling.isStream() && n > 1) {
            throw BadParameter.combination("'stream' is for one picture: 'n' has to be 1.", "n");
        }
        if (prompt.length() > MAX_PROMPT) {
            throw BadParameter.longString("prompt", MAX_PROMPT, prompt.length());
        }
        if (!List.of("url", "b64_json").contains(response)) {
            throw BadParameter.value("response_format", response, List.of("url", "b64_json"));
        }
        Quality level = switch (quality) {
            case "low", "auto" -> Quality.LOW;
            case "medium", "standard" -> Quality.MEDIUM;
            case "high", "hd" -> Quality.HIGH;
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
        return new Drawing(model, prompt, n, width, height, level, look, response.equals("url"), source, telling);
    }

    private Future<Void> draw(RoutingContext ctx, Drawing drawing) {
        String id = ResponseItems.newId("img-");
        Call call = Answers.named(ctx, id);
        Instant begun = clock.instant();
        return media.begin(request(ctx, call, "images", drawing.model()), drawing.prompt(), headers(ctx))
                .compose(pass -> draw(ctx, drawing.of(pass.text()), pass, id, begun, call));
    }

    private Future<Void> draw(
            RoutingContext ctx, Drawing drawing, MediaService.Pass pass, String id, Instant begun, Call call) {
        int prompt = drawing.promptTokens();
        var work = new RequestWork.Pictures(
                drawing.n(),
                drawing.width(),
                drawing.height(),
                drawing.quality().steps());
        return pass.serve(prompt, drawing.tokens(), Kind.IMAGE, work)
                .onFailure(
                        failure -> bookLeft(ledger, clock, failure, id, "images", drawing.model(), prompt, begun, call))
                .onSuccess(served -> tell(ctx, served))
                .compose(served -> ctx.vertx().executeBlocking(() -> pictures(drawing), false))
                .compose(pictures -> book(id, "images", drawing.model(), prompt, drawing.tokens(), begun, call)
                        .map(booked -> {
                            if (drawing.telling().isStream()) {
                                stream(ctx, drawing, pictures, prompt);
                            } else {
                                Answers.json(ctx, answer(drawing, pictures, prompt));
                            }
                            return null;
                        }));
    }

    /// Those that are not done yet, then those that are.
    private static List<byte[]> pictures(Drawing drawing) {
        int partials = drawing.telling().partials();
        var pictures = new ArrayList<byte[]>(partials + drawing.n());
        for (int i = 0; i < partials + drawing.n(); i++) {
            int number = Math.max(0, i - partials);
            pictures.add(Picture.draw(
                    drawing.width(),
                    drawing.height(),
                    31L * drawing.prompt().hashCode() + number,
                    drawing.look(),
                    drawing.source(),
                    i < partials ? (i + 1.0) / (partials + 1) : 1));
        }
        return pictures;
    }

    private void stream(RoutingContext ctx, Drawing drawing, List<byte[]> pictures, int promptTokens) {
        EventStream.begin(ctx);
        Buffer events = Buffer.buffer();
        for (int i = 0; i < pictures.size(); i++) {
            boolean isDone = i == pictures.size() - 1;
            ObjectNode event = JsonNodeFactory.instance
                    .objectNode()
                    .put("type", drawing.telling().event() + (isDone ? ".completed" : ".partial_image"))
                    .put("b64_json", Base64.getEncoder().encodeToString(pictures.get(i)))
                    .put("created_at", clock.instant().getEpochSecond())
                    .put("size", drawing.toldSize().orElse("auto"))
                    .put("quality", drawing.quality().name())
                    .put("background", drawing.background())
                    .put("output_format", drawing.format());
            if (isDone) {
                event.set("usage", usage(drawing, promptTokens));
            } else {
                event.put("partial_image_index", i);
            }
            ResponseRun.write(events, event);
        }
        ctx.response().end(events).onFailure(gone -> {});
    }

    private Buffer answer(Drawing drawing, List<byte[]> pictures, int promptTokens) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("created", clock.instant().getEpochSecond());
        for (byte[] picture : pictures) {
            String base64 = Base64.getEncoder().encodeToString(picture);
            ObjectNode one = answer.withArray("data").addObject();
            if (drawing.asUrl()) {
                one.put("url", "data:" + drawing.look().form().mediaType() + ";base64," + base64);
            } else {
                one.put("b64_json", base64);
            }
        }
        answer.put("background", drawing.background()).put("output_format", drawing.format());
        drawing.toldSize().ifPresent(size -> answer.put("size", size));
        answer.put("quality", drawing.quality().name());
        answer.set("usage", usage(drawing, promptTokens));
        return Buffer.buffer(answer.toString());
    }

    private static ObjectNode usage(Drawing drawing, int promptTokens) {
        int image = drawing.source().map(source -> Quality.LOW.tokens()).orElse(0);
        ObjectNode usage = JsonNodeFactory.instance
                .objectNode()
                .put("input_tokens", promptTokens)
                .put("output_tokens", drawing.tokens())
                .put("total_tokens", promptTokens + drawing.tokens());
        usage.putObject("input_tokens_details")
                .put("text_tokens", promptTokens - image)
                .put("image_tokens", image);
        return usage;
    }

    /// A request as it is checked, bounded and logged.
    static MediaService.Request request(RoutingContext ctx, Call call, String operation, String model) {
        String trace = ctx.request().getHeader(Hints.TRACE_HEADER);
        return new MediaService.Request(call, operation, model, trace == null ? "" : trace, Departure.of(ctx));
    }

    /// The headers of an answer, as long as they have not gone out.
    static ResponseHeaders headers(RoutingContext ctx) {
        return (name, value) -> {
            if (!ctx.response().ended() && !ctx.response().headWritten()) {
                ctx.response().putHeader(name, value);
            }
        };
    }

    static void tell(RoutingContext ctx, RequestService.Served served) {
        headers(ctx).put(RequestService.HEADER, served.header());
    }

    private Future<?> book(
            String id, String operation, String model, int prompt, int completion, Instant begun, Call call) {
        return book(ledger, clock, id, operation, model, prompt, completion, begun, call);
    }

    /// Books the usage of a client that has left: of the prompt, if a device worked on it.
    static void bookLeft(
            Ledger ledger,
            InstantSource clock,
            Throwable failure,
            String id,
            String operation,
            String model,
            int prompt,
            Instant begun,
            Call call) {
        if (failure instanceof RequestService.GivenUp left) {
            int read = left.hadBegun() ? prompt : 0;
            ledger.record(usage(clock, id, operation, model, read, 0, UsageRecord.Outcome.ABORTED, begun), call);
        }
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
        return ledger.record(
                usage(clock, id, operation, model, prompt, completion, UsageRecord.Outcome.COMPLETED, begun), call);
    }

    private static UsageRecord usage(
            InstantSource clock,
            String id,
            String operation,
            String model,
            int prompt,
            int completion,
            UsageRecord.Outcome outcome,
            Instant begun) {
        Duration taken = Duration.between(begun, clock.instant());
        return new UsageRecord(
                id,
                operation,
                model,
                prompt,
                completion,
                outcome,
                begun.getEpochSecond() * 1_000_000 + begun.getNano() / 1_000,
                Math.max(0, taken.toNanos() / 1_000));
    }
}
