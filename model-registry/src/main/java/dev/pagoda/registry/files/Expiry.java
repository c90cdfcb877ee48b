package dev.pagoda.registry.files;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/// How long a file is to be kept, as OpenAI's `expires_after` says it: seconds after its creation, an hour to 30 days.
final class Expiry {
    private static final String NAME = "expires_after";
    private static final String CREATION = "created_at";

    /// https://platform.openai.com/docs/api-reference/files/create, 2026-05.
    private static final long LEAST_SECONDS = 3_600;

    private static final long MOST_SECONDS = 2_592_000;

    private Expiry() {}

    /// What a form says, in fields of their own or as JSON; 0 when it says nothing.
    ///
    /// @throws BadField for anything else
    static long seconds(HttpServerRequest form) {
        String whole = form.getFormAttribute(NAME);
        if (whole != null && !whole.isBlank()) {
            return seconds(object(whole));
        }
        String anchor = form.getFormAttribute(NAME + "[anchor]");
        String seconds = form.getFormAttribute(NAME + "[seconds]");
        return anchor == null && seconds == null ? 0 : checked(anchor, number(seconds));
    }

    /// What the body of a request says; 0 when it says nothing.
    ///
    /// @throws BadField for anything else
    static long secondsIn(JsonObject body) {
        Object told = body.getValue(NAME);
        if (told == null) {
            return 0;
        }
        if (told instanceof JsonObject policy) {
            return seconds(policy);
        }
        throw BadField.type(NAME, "an object");
    }

    private static long seconds(JsonObject policy) {
        return checked(policy.getValue("anchor"), policy.getValue("seconds"));
    }

    private static JsonObject object(String text) {
        try {
            return new JsonObject(text);
        } catch (DecodeException noObject) {
            throw BadField.type(NAME, "an object");
        }
    }

    private static @Nullable Object number(@Nullable String text) {
        try {
            return text == null ? null : Long.valueOf(text.strip());
        } catch (NumberFormatException noNumber) {
            return text;
        }
    }

    private static long checked(@Nullable Object anchor, @Nullable Object seconds) {
        if (anchor == null) {
            throw BadField.missing(NAME + ".anchor");
        }
        if (seconds == null) {
            throw BadField.missing(NAME + ".seconds");
        }
        if (!anchor.equals(CREATION)) {
            throw BadField.value(NAME + ".anchor", anchor.toString(), "'" + CREATION + "'");
        }
        if (!(seconds instanceof Integer || seconds instanceof Long)) {
            throw BadField.type(NAME + ".seconds", "an integer");
        }
        long told = ((Number) seconds).longValue();
        if (told < LEAST_SECONDS) {
            throw BadField.below(NAME + ".seconds", LEAST_SECONDS, told);
        }
        if (told > MOST_SECONDS) {
            throw BadField.above(NAME + ".seconds", MOST_SECONDS, told);
        }
        return told;
    }
}
