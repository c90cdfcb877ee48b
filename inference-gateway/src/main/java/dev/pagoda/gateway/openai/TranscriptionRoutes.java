package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.media.AudioLength;
import dev.pagoda.gateway.media.Speech;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.openai.OpenAiRoutes.Ledger;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `/audio/transcriptions` and `/audio/translations`, by a simulated ear: what the simulated voice said is known again,
/// other sounds get words that follow from their bytes.
final class TranscriptionRoutes {
    private static final List<String> FORMATS = List.of("json", "text", "srt", "verbose_json", "vtt");
    /// Of the files that OpenAI hears (its reference of transcriptions, 2025).
    private static final List<String> ENDINGS =
            List.of("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm");
    /// Bytes that tell what a file is.
    private static final int HEAD = 64;
    private static final int WORDS_A_SEGMENT = 8;
    private static final double TOKENS_PER_SECOND = 10;
    /// Of a file without samples.
    private static final double LEAST_SECONDS = .01;

    private final MediaService media;
    private final Ledger ledger;
    private final InstantSource clock;

    TranscriptionRoutes(MediaService media, Ledger ledger, InstantSource clock) {
        this.media = media;
        this.ledger = ledger;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/audio/transcriptions", ctx -> transcribe(ctx, "transcribe"))
                .post("/audio/translations", ctx -> transcribe(ctx, "translate"));
    }

    /// A stretch of what was heard.
    private record Heard(String text, double start, double end) {}

    private void transcribe(RoutingContext ctx, String task) {
        Future.succeededFuture()
                .compose(begun -> {
                    Buffer sound = sound(ctx);
                    String model = Uploads.text(ctx, "model").orElseThrow(() -> BadParameter.missing("model"));
                    String format = Uploads.choice(ctx, "response_format", "json", FORMATS);
                    String id = ResponseItems.newId("audio-");
                    Call call = Answers.named(ctx, id);
                    Instant arrived = clock.instant();
                    double seconds = AudioLength.seconds(sound.getBytes());
                    String text = Speech.heard(sound.getBytes(), seconds);
                    int read = (int) Math.ceil(seconds * TOKENS_PER_SECOND);
                    int made = Tokens.count(text);
                    var work = new RequestWork.Sound(Math.max(LEAST_SECONDS, seconds));
                    return media.begin(MediaRoutes.request(ctx, call, task, model), "", MediaRoutes.headers(ctx))
                            .compose(pass -> pass.serve(read, made, Kind.TRANSCRIPTION, work))
                            .onFailure(failure ->
                                    MediaRoutes.bookLeft(ledger, clock, failure, id, task, model, read, arrived, call))
                            .onSuccess(served -> MediaRoutes.tell(ctx, served))
                            .compose(served ->
                                    MediaRoutes.book(ledger, clock, id, task, model, read, made, arrived, call))
                            .map(booked -> {
                                send(ctx, task, format, text, seconds);
                                return null;
                            });
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// The file, if it is what its name says. By other names any bytes are heard: the tests of OpenAI's own clients
    /// send text.
    private static Buffer sound(RoutingContext ctx) {
        Uploads.Upload upload = Uploads.required(ctx, "file");
        Buffer sound = upload.content();
        if (sound.length() == 0) {
            throw new BadParameter("Invalid 'file': it is empty.", "file", "invalid_value");
        }
        String name = upload.fileName();
        boolean isNamedSound =
                ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
        if (isNamedSound && !AudioLength.isSound(sound.getBytes(0, Math.min(sound.length(), HEAD)))) {
            throw new BadParameter("Audio file might be corrupted or unsupported", "file", "invalid_value");
        }
        return sound;
    }

    private static void send(RoutingContext ctx, String task, String format, String text, double seconds) {
        boolean streams = Boolean.parseBoolean(Uploads.text(ctx, "stream").orElse("false"));
        if (streams && format.equals("json")) {
            stream(ctx, text, seconds);
            return;
        }
        switch (format) {
            case "text" -> Answers.bytes(ctx, "text/plain; charset=utf-8", Buffer.buffer(text + "\n"));
            case "srt" -> Answers.bytes(ctx, "text/plain; charset=utf-8", Buffer.buffer(subtitles(text, seconds, ",")));
            case "vtt" ->
                Answers.bytes(
                        ctx, "text/vtt; charset=utf-8", Buffer.buffer("WEBVTT\n\n" + subtitles(text, seconds, ".")));
            case "verbose_json" ->
                Answers.json(
                        ctx, Buffer.buffer(verbose(ctx, task, text, seconds).toString()));
            default -> {
                ObjectNode answer = JsonNodeFactory.instance.objectNode().put("text", text);
                if (task.equals("transcribe")) {
                    answer.putObject("usage").put("type", "duration").put("seconds", Math.ceil(seconds));
                }
                Answers.json(ctx, Buffer.buffer(answer.toString()));
            }
        }
    }

    private static void stream(RoutingContext ctx, String text, double seconds) {
        EventStream.begin(ctx);
        Buffer events = Buffer.buffer();
        for (Heard word : parts(text, seconds, 1)) {
            ResponseRun.write(
                    events,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("type", "transcript.text.delta")
                            .put("delta", word.start() == 0 ? word.text() : " " + word.text()));
        }
        ObjectNode done = JsonNodeFactory.instance
                .objectNode()
                .put("type", "transcript.text.done")
                .put("text", text);
        int read = (int) Math.ceil(seconds * TOKENS_PER_SECOND);
        int made = Tokens.count(text);
        ObjectNode usage = done.putObject("usage").put("type", "tokens").put("input_tokens", read);
        usage.putObject("input_token_details").put("text_tokens", 0).put("audio_tokens", read);
        usage.put("output_tokens", made).put("total_tokens", read + made);
        ResponseRun.write(events, done);
        ctx.response().end(events).onFailure(gone -> {});
    }

    private static ObjectNode verbose(RoutingContext ctx, String task, String text, double seconds) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("task", task)
                .put(
                        "language",
                        task.equals("translate")
                                ? "english"
                                : Uploads.text(ctx, "language").orElse("english"))
                .put("duration", seconds)
                .put("text", text);
        List<String> granularities = ctx.request().formAttributes().getAll("timestamp_granularities[]");
        if (granularities.contains("word")) {
            for (Heard word : parts(text, seconds, 1)) {
                answer.withArray("words")
                        .addObject()
                        .put("word", word.text())
                        .put("start", word.start())
                        .put("end", word.end());
            }
        }
        if (granularities.isEmpty() || granularities.contains("segment")) {
            int number = 0;
            for (Heard part : parts(text, seconds, WORDS_A_SEGMENT)) {
                ObjectNode segment = answer.withArray("segments")
                        .addObject()
                        .put("id", number++)
                        .put("seek", 0)
                        .put("start", part.start())
                        .put("end", part.end())
                        .put("text", " " + part.text());
                segment.putArray("tokens");
                segment.put("temperature", 0.0)
                        .put("avg_logprob", -0.2)
                        .put("compression_ratio", 1.0)
                        .put("no_speech_prob", 0.01);
            }
        }
        if (task.equals("transcribe")) {
            answer.putObject("usage").put("type", "duration").put("seconds", Math.ceil(seconds));
        }
        return answer;
    }

    /// The words in a row, so many at a time, spread evenly over the sound.
    private static List<Heard> parts(String text, double seconds, int words) {
        String[] all = text.strip().split("\\s+");
        var parts = new ArrayList<Heard>();
        for (int from = 0; from < all.length; from += words) {
            int to = Math.min(all.length, from + words);
            parts.add(new Heard(
                    String.join(" ", List.of(all).subList(from, to)),
                    seconds * from / all.length,
                    seconds * to / all.length));
        }
        return parts;
    }

    private static String subtitles(String text, double seconds, String point) {
        var subtitles = new StringBuilder();
        int number = 1;
        for (Heard part : parts(text, seconds, WORDS_A_SEGMENT)) {
            if (point.equals(",")) {
                subtitles.append(number++).append('\n');
            }
            subtitles
                    .append(time(part.start(), point))
                    .append(" --> ")
                    .append(time(part.end(), point))
                    .append('\n')
                    .append(part.text())
                    .append("\n\n");
        }
        return subtitles.toString();
    }

    private static String time(double seconds, String point) {
        long millis = Math.round(seconds * 1_000);
        return "%02d:%02d:%02d%s%03d"
                .formatted(millis / 3_600_000, millis / 60_000 % 60, millis / 1_000 % 60, point, millis % 1_000);
    }
}
