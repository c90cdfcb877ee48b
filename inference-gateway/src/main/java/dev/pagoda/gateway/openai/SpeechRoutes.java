package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.media.SoundForm;
import dev.pagoda.gateway.media.Speech;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.openai.OpenAiRoutes.Ledger;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// `/audio/speech`, by a simulated voice: sounds that follow from the request, in all of OpenAI's forms.
final class SpeechRoutes {
    private static final List<String> FORMS = List.of("mp3", "opus", "aac", "flac", "wav", "pcm");
    private static final int MAX_SPEECH = 4_096;
    private static final int SPEECH_PIECE = 24_000;

    private final MediaService media;
    private final Ledger ledger;
    private final InstantSource clock;

    SpeechRoutes(MediaService media, Ledger ledger, InstantSource clock) {
        this.media = media;
        this.ledger = ledger;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/audio/speech", this::speak);
    }

    /// What is to be said.
    private record Saying(String model, String text, String voice, SoundForm form, double speed, boolean asEvents) {
        /// The same with other words.
        Saying of(String words) {
            return new Saying(model, words, voice, form, speed, asEvents);
        }

        byte[] sound() {
            return form.encode(Speech.pcm(text, voice, speed), text);
        }
    }

    private void speak(RoutingContext ctx) {
        Answers.read(ctx, SpeechRoutes::saying)
                .compose(saying -> {
                    String id = ResponseItems.newId("speech-");
                    Call call = Answers.named(ctx, id);
                    Instant begun = clock.instant();
                    var request = MediaRoutes.request(ctx, call, "speech", saying.model());
                    return media.begin(request, saying.text(), MediaRoutes.headers(ctx))
                            .compose(pass -> speak(ctx, saying.of(pass.text()), pass, id, begun, call));
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<Void> speak(
            RoutingContext ctx, Saying saying, MediaService.Pass pass, String id, Instant begun, Call call) {
        int prompt = Tokens.count(saying.text());
        double seconds = Speech.seconds(saying.text(), saying.speed());
        int made = (int) Math.ceil(10.0 * seconds);
        return pass.serve(prompt, made, Kind.SPEECH, new RequestWork.Sound(seconds))
                .onFailure(failure ->
                        MediaRoutes.bookLeft(ledger, clock, failure, id, "speech", saying.model(), prompt, begun, call))
                .onSuccess(served -> MediaRoutes.tell(ctx, served))
                .compose(served -> ctx.vertx().executeBlocking(saying::sound, false))
                .compose(sound -> MediaRoutes.book(
                                ledger, clock, id, "speech", saying.model(), prompt, made, begun, call)
                        .map(booked -> {
                            send(ctx, saying, sound, prompt, made);
                            return null;
                        }));
    }

    private static Saying saying(Parameters body) {
        String text = body.requiredText("input");
        if (text.length() > MAX_SPEECH) {
            throw BadParameter.longString("input", MAX_SPEECH, text.length());
        }
        JsonNode voice = body.raw("voice");
        String name = voice.isObject() ? Parameters.of(voice, "voice").requiredText("id") : body.requiredText("voice");
        SoundForm form = body.choice("response_format", FORMS)
                .map(format -> SoundForm.valueOf(format.toUpperCase(Locale.ROOT)))
                .orElse(SoundForm.MP3);
        double speed = body.decimal("speed", 0, 4).orElse(1);
        if (speed < .25) {
            throw BadParameter.below("speed", "decimal", .25, Double.toString(speed));
        }
        body.text("instructions");
        boolean asEvents = body.choice("stream_format", List.of("sse", "audio"))
                .filter("sse"::equals)
                .isPresent();
        return new Saying(body.requiredText("model"), text, name, form, speed, asEvents);
    }

    private static void send(RoutingContext ctx, Saying saying, byte[] sound, int promptTokens, int made) {
        if (!saying.asEvents()) {
            Answers.bytes(ctx, saying.form().mediaType(), Buffer.buffer(sound));
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
}
