package dev.pagoda.gateway.cassette;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A server for some models that answers from a file.
///
/// @param name      lower-case letters, digits, `-` and `_`; the upstream is called `cassette-NAME`
/// @param mode      `replay`, `record`, `passthrough` or `script`
/// @param file      the cassette (JSON lines; `record` makes it) or the script (YAML or JSON), relative to the
///                  working folder
/// @param models    that clients ask for, 1 to 1000
/// @param baseUrl   of the server that `record` and `passthrough` ask, for example `https://api.openai.com/v1`
/// @param apiKeyEnv variable of the environment with that server's key; it is never recorded
/// @param timing    of recorded streams: `none` (the default) sends them at once, `recorded` as they came
public record CassetteConfig(
        String name,
        String mode,
        String file,
        List<String> models,
        @Nullable String baseUrl,
        @Nullable String apiKeyEnv,
        @Nullable String timing) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,53}");
    private static final int MAX_MODELS = 1_000;

    /// Where answers come from.
    enum Mode {
        REPLAY,
        RECORD,
        PASSTHROUGH,
        SCRIPT
    }

    public CassetteConfig {
        Objects.requireNonNull(name, "name is missing");
        Objects.requireNonNull(file, "file is missing");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name '" + name + "' is not 1 to 54 lower-case letters, digits, '-' and '_'");
        }
        models = List.copyOf(Objects.requireNonNull(models, "models is missing"));
        if (models.isEmpty() || models.size() > MAX_MODELS) {
            throw new IllegalArgumentException("models has " + models.size() + " entries, 1 to 1000 are needed");
        }
        boolean asks =
                of(Objects.requireNonNull(mode, "mode is missing")) == Mode.RECORD || of(mode) == Mode.PASSTHROUGH;
        if (asks && baseUrl == null) {
            throw new IllegalArgumentException("baseUrl is missing, which mode " + mode + " needs");
        }
        timing = timing == null ? "none" : timing;
        if (!timing.equals("none") && !timing.equals("recorded")) {
            throw new IllegalArgumentException("timing '" + timing + "' is neither none nor recorded");
        }
    }

    Mode answers() {
        return of(mode);
    }

    boolean isTimed() {
        return "recorded".equals(timing);
    }

    private static Mode of(String mode) {
        return switch (mode) {
            case "replay" -> Mode.REPLAY;
            case "record" -> Mode.RECORD;
            case "passthrough" -> Mode.PASSTHROUGH;
            case "script" -> Mode.SCRIPT;
            default ->
                throw new IllegalArgumentException(
                        "mode '" + mode + "' is none of replay, record, passthrough, script");
        };
    }
}
