package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.pagoda.gateway.protocol.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A client's request as the bytes it is, with the few fields that decide its way and the places of those
/// that are rewritten on it: `model`, and `stream_options.include_usage` of a stream. All other bytes go on
/// as they came, known or not.
///
/// A body is one JSON object, at most [#MAX_DEPTH] deep; a field that is read here must not stand in it
/// twice, because the two ends might then read two different requests.
public final class SentBody {
    private static final int MAX_DEPTH = 200;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final byte[] ASK_USAGE = bytes("{\"include_usage\":true}");
    private static final byte[] ASK_USAGE_FIRST = bytes("\"include_usage\":true,");
    private static final byte[] ASK_USAGE_LAST = bytes(",\"stream_options\":{\"include_usage\":true}");
    private static final byte[] TRUE = bytes("true");

    private final byte[] body;
    private final @Nullable Buffer came;
    private String model = "";
    private int modelAt = -1;
    private int modelEnd;
    private boolean isStream;
    private boolean hasStream;
    private boolean asksUsage;
    private boolean hasPrompt;
    private boolean isStored;
    /// What the body bounds its answers by, by field.
    private final Map<String, Long> bounds = new HashMap<>();

    private long choices = 1;
    private int optionsAt = -1;
    private int optionsEnd;
    private boolean optionsAreObject;
    private int usageAt = -1;
    private int usageEnd;
    private int end;
    private long prompts = 1;
    private long bestOf = 1;
    private byte[] cap = {};

    /// A body that cannot be sent on. Has no stack trace: it is an answer.
    @SuppressWarnings("serial") // never serialised: exceptions stay in the process
    public static final class Unreadable extends Exception {
        private final @Nullable String field;

        private Unreadable(String message, @Nullable String field) {
            super(message, null, false, false);
            this.field = field;
        }

        /// The field at fault, null when it is the whole body.
        public @Nullable String field() {
            return field;
        }
    }

    private SentBody(byte[] body, @Nullable Buffer came) {
        this.body = body;
        this.came = came;
    }

    /// @param body not to be changed any more
    public static SentBody of(byte[] body) throws Unreadable {
        return of(body, null);
    }

    /// A body that goes on as the buffer it came in, if nothing in it is changed.
    ///
    /// @param body not to be changed any more
    public static SentBody of(Buffer body) throws Unreadable {
        return of(body.getBytes(), body);
    }

    private static SentBody of(byte[] body, @Nullable Buffer came) throws Unreadable {
        if (!JsonBytes.areUtf8(body)) {
            throw new Unreadable("The body of the request is not valid JSON: it is not UTF-8.", null);
        }
        var sent = new SentBody(body, came);
        try (JsonParser parser = JSON.createParser(body)) {
            sent.read(parser);
        } catch (JsonParseException malformed) {
            var at = malformed.getLocation();
            throw new Unreadable(
                    "The body of the request is not valid JSON: line " + at.getLineNr() + ", column " + at.getColumnNr()
                            + ".",
                    null);
        } catch (IOException cannot) {
            throw new Unreadable("The body of the request is not valid JSON: " + cannot.getMessage(), null);
        }
        return sent;
    }

    public String model() {
        return model;
    }

    /// Whether the answer is to come as events.
    public boolean isStream() {
        return isStream;
    }

    /// Whether the client itself asked for the usage at the end of a stream.
    public boolean asksUsage() {
        return asksUsage;
    }

    /// Whether the answer is to be kept.
    public boolean isStored() {
        return isStored;
    }

    /// The bound of an answer by those fields that servers go by on a path; servers differ in which of two goes before
    /// the other, so the greater one counts. Empty without any.
    ///
    /// @param fields of `max_tokens`, `max_completion_tokens` and `max_output_tokens`
    public OptionalLong maxTokens(List<String> fields) {
        long most = 0;
        for (String field : fields) {
            most = Math.max(most, bounds.getOrDefault(field, 0L));
        }
        return most == 0 ? OptionalLong.empty() : OptionalLong.of(most);
    }

    /// Answers that are made: `n`, or `best_of` if that is more, for each prompt.
    public long choices() {
        return Math.max(choices, bestOf) * prompts;
    }

    /// Has the server bound each answer.
    ///
    /// @param field  what the path calls the bound; the body does not have it
    /// @param tokens at least 1
    public void cap(String field, long tokens) {
        cap = bytes(",\"" + field + "\":" + tokens);
    }

    /// Tokens of the prompt, about.
    public long estimatedPromptTokens() {
        return PromptEstimate.tokens(this);
    }

    public int length() {
        return body.length;
    }

    /// As it was sent; not to be written to.
    public byte[] bytes() {
        return body;
    }

    /// The request for a server that knows the model by another name, and tells the usage of streams.
    Buffer rewritten(String ownModel) {
        boolean addsUsage = isStream && !asksUsage;
        if (came != null && !addsUsage && cap.length == 0 && ownModel.equals(model)) {
            return came;
        }
        Buffer out = Buffer.buffer(body.length + 64);
        boolean isModelFirst = !addsUsage || optionsAt < 0 || modelAt < optionsAt;
        int at = 0;
        if (isModelFirst) {
            at = replaceModel(out, at, ownModel);
        }
        if (addsUsage) {
            at = addUsage(out, at);
        }
        if (!isModelFirst) {
            at = replaceModel(out, at, ownModel);
        }
        if (cap.length > 0) {
            out.appendBytes(body, at, end - at).appendBytes(cap);
            at = end;
        }
        return out.appendBytes(body, at, body.length - at);
    }

    private int replaceModel(Buffer out, int from, String ownModel) {
        if (ownModel.equals(model)) {
            return from;
        }
        out.appendBytes(body, from, modelAt - from);
        out.appendByte((byte) '"');
        out.appendBytes(JsonStringEncoder.getInstance().quoteAsUTF8(ownModel));
        out.appendByte((byte) '"');
        return modelEnd;
    }

    private int addUsage(Buffer out, int from) {
        if (usageAt >= 0) {
            out.appendBytes(body, from, usageAt - from).appendBytes(TRUE);
            return usageEnd;
        }
        if (optionsAreObject) {
            int inside = optionsAt + 1;
            boolean isEmpty = isBlank(inside, optionsEnd - 1);
            out.appendBytes(body, from, inside - from);
            out.appendBytes(isEmpty ? Arrays.copyOf(ASK_USAGE_FIRST, ASK_USAGE_FIRST.length - 1) : ASK_USAGE_FIRST);
            return inside;
        }
        if (optionsAt >= 0) {
            out.appendBytes(body, from, optionsAt - from).appendBytes(ASK_USAGE);
            return optionsEnd;
        }
        out.appendBytes(body, from, end - from).appendBytes(ASK_USAGE_LAST);
        return end;
    }

    private boolean isBlank(int from, int to) {
        for (int i = from; i < to; i++) {
            if (body[i] > ' ') {
                return false;
            }
        }
        return true;
    }

    private void read(JsonParser parser) throws IOException, Unreadable {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new Unreadable("Invalid type for 'body': expected an object.", null);
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "model" -> readModel(parser, value);
                case "stream" -> readStream(value);
                case "stream_options" -> readOptions(parser, value);
                case "max_tokens", "max_completion_tokens", "max_output_tokens" -> readLimit(parser, field, value);
                case "n" -> choices = wholeNumber(parser, field, value, 1, 128);
                case "best_of" -> bestOf = wholeNumber(parser, field, value, 1, 128);
                case "prompt" -> {
                    hasPrompt = true;
                    readPrompts(parser, value);
                }
                case "store" -> {
                    isStored = value == JsonToken.VALUE_TRUE;
                    parser.skipChildren();
                }
                case "messages", "input" -> {
                    hasPrompt = true;
                    parser.skipChildren();
                }
                default -> parser.skipChildren();
            }
        }
        end = (int) parser.currentTokenLocation().getByteOffset();
        if (parser.nextToken() != null) {
            throw new Unreadable("The body of the request is not valid JSON: more follows its end.", null);
        }
        if (modelAt < 0) {
            throw new Unreadable("you must provide a model parameter", "model");
        }
    }

    /// Whether there is anything to answer: `messages`, `prompt` or `input`.
    public boolean hasPrompt() {
        return hasPrompt;
    }

    /// One text, one list of tokens, or a list of either.
    private void readPrompts(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        long several = 0;
        for (JsonToken each = parser.nextToken();
                each != null && each != JsonToken.END_ARRAY;
                each = parser.nextToken()) {
            several += each == JsonToken.VALUE_STRING || each == JsonToken.START_ARRAY ? 1 : 0;
            parser.skipChildren();
        }
        prompts = Math.max(1, several);
    }

    private void readModel(JsonParser parser, JsonToken value) throws IOException, Unreadable {
        if (modelAt >= 0) {
            throw twice("model");
        }
        if (value != JsonToken.VALUE_STRING) {
            throw new Unreadable("Invalid type for 'model': expected a string.", "model");
        }
        modelAt = (int) parser.currentTokenLocation().getByteOffset();
        model = parser.getText();
        modelEnd = (int) parser.currentLocation().getByteOffset();
    }

    private void readStream(JsonToken value) throws Unreadable {
        if (hasStream) {
            throw twice("stream");
        }
        hasStream = true;
        isStream = value == JsonToken.VALUE_TRUE;
        if (!isStream && value != JsonToken.VALUE_FALSE && value != JsonToken.VALUE_NULL) {
            throw new Unreadable("Invalid type for 'stream': expected a boolean.", "stream");
        }
    }

    private void readOptions(JsonParser parser, JsonToken value) throws IOException, Unreadable {
        if (optionsAt >= 0) {
            throw twice("stream_options");
        }
        optionsAt = (int) parser.currentTokenLocation().getByteOffset();
        optionsAreObject = value == JsonToken.START_OBJECT;
        if (!optionsAreObject && value != JsonToken.VALUE_NULL) {
            throw new Unreadable("Invalid type for 'stream_options': expected an object.", "stream_options");
        }
        while (optionsAreObject && parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken option = parser.nextToken();
            if (!field.equals("include_usage")) {
                parser.skipChildren();
                continue;
            }
            if (usageAt >= 0) {
                throw twice("stream_options.include_usage");
            }
            usageAt = (int) parser.currentTokenLocation().getByteOffset();
            asksUsage = option == JsonToken.VALUE_TRUE;
            if (!asksUsage && option != JsonToken.VALUE_FALSE && option != JsonToken.VALUE_NULL) {
                throw new Unreadable(
                        "Invalid type for 'stream_options.include_usage': expected a boolean.",
                        "stream_options.include_usage");
            }
            usageEnd = usageAt + parser.getTextLength();
        }
        optionsEnd = optionsAreObject
                ? (int) parser.currentTokenLocation().getByteOffset() + 1
                : optionsAt + parser.getTextLength();
    }

    private void readLimit(JsonParser parser, String field, JsonToken value) throws IOException, Unreadable {
        if (value == JsonToken.VALUE_NULL) {
            return;
        }
        if (bounds.put(field, wholeNumber(parser, field, value, 1, Integer.MAX_VALUE)) != null) {
            throw twice(field);
        }
    }

    private static long wholeNumber(JsonParser parser, String field, JsonToken value, long least, long most)
            throws IOException, Unreadable {
        if (value == JsonToken.VALUE_NULL) {
            return least;
        }
        if (value != JsonToken.VALUE_NUMBER_INT) {
            throw new Unreadable("Invalid type for '" + field + "': expected an integer.", field);
        }
        var number = parser.getBigIntegerValue();
        if (number.bitLength() > 62 || number.longValueExact() < least || number.longValueExact() > most) {
            String echo = parser.getText();
            throw new Unreadable(
                    "Invalid '" + field + "': integer out of range. Expected a value from " + least + " to " + most
                            + ", but got " + echo.substring(0, Math.min(40, echo.length())) + " instead.",
                    field);
        }
        return number.longValueExact();
    }

    private static Unreadable twice(String field) {
        return new Unreadable("'" + field + "' stands in the body twice.", field);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
