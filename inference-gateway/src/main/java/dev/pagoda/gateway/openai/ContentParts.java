package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.media.AudioLength;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The parts of a message: texts, pictures, sounds and files, with their tokens as OpenAI counts them.
///
/// Nothing is fetched: a picture behind a link counts as one of 1,024 by 1,024 pixels.
final class ContentParts {
    private static final List<String> USERS = List.of("text", "image_url", "input_audio", "file");
    private static final List<String> OTHERS = List.of("text", "refusal");
    static final List<String> DETAILS = List.of("auto", "low", "high", "original");
    private static final List<String> AUDIO_FORMS = List.of("wav", "mp3");

    /// OpenAI's guide "Images and vision" of 2025: a picture of low detail, each tile of 512 pixels, and the bounds
    /// that a picture is scaled to first.
    private static final int LOW_TOKENS = 85;

    private static final int TILE_TOKENS = 170;
    private static final double TILE = 512;
    private static final double MAX_SIDE = 2_048;
    private static final double SHORT_SIDE = 768;
    private static final int UNKNOWN_SIDE = 1_024;

    /// One token a tenth of a second (OpenAI's guide "Realtime costs").
    private static final double AUDIO_TOKENS_PER_SECOND = 10;

    private ContentParts() {}

    static ContentPart of(Parameters part, boolean isUsers) {
        String type = part.text("type").orElseThrow(() -> BadParameter.missing(part.path("type")));
        List<String> supported = isUsers ? USERS : OTHERS;
        if (!supported.contains(type)) {
            throw BadParameter.value(part.path("type"), type, supported);
        }
        return switch (type) {
            case "image_url" -> image(required(part, "image_url"));
            case "input_audio" -> audio(required(part, "input_audio"));
            case "file" -> file(required(part, "file"));
            default -> new ContentPart.Text(part.text(type).orElseThrow(() -> BadParameter.missing(part.path(type))));
        };
    }

    private static Parameters required(Parameters part, String name) {
        return part.object(name).orElseThrow(() -> BadParameter.missing(part.path(name)));
    }

    private static ContentPart image(Parameters image) {
        String url = image.requiredText("url");
        String detail = image.choice("detail", DETAILS).orElse("auto");
        return image(url, detail, image.path("url"));
    }

    /// @param path where the link is, for errors
    static ContentPart image(String url, String detail, String path) {
        if (!url.startsWith("data:")) {
            if (!url.startsWith("http://") && !url.startsWith("https://")) {
                throw new BadParameter(
                        "Invalid '" + path + "': expected a base64-encoded data URL with an image MIME type or an http"
                                + " link, but got '" + BadParameter.echo(url) + "'.",
                        path,
                        "invalid_value");
            }
            return new ContentPart.Image(
                    "", 0, 0, digest(url.getBytes(StandardCharsets.UTF_8)), imageTokens(detail, 0, 0));
        }
        byte[] bytes = data(url, path);
        Optional<ImageHeader> header = ImageHeader.read(bytes);
        if (header.isEmpty()) {
            throw new BadParameter(
                    "You uploaded an unsupported image. Please make sure your image has of one the following formats:"
                            + " ['png', 'jpeg', 'gif', 'webp'].",
                    path,
                    "invalid_image_format");
        }
        ImageHeader got = header.get();
        return new ContentPart.Image(
                got.mediaType(),
                got.width(),
                got.height(),
                digest(bytes),
                imageTokens(detail, got.width(), got.height()));
    }

    static int imageTokens(String detail, int width, int height) {
        if (detail.equals("low")) {
            return LOW_TOKENS;
        }
        double wide = width == 0 ? UNKNOWN_SIDE : width;
        double high = height == 0 ? UNKNOWN_SIDE : height;
        double fit = Math.min(1, MAX_SIDE / Math.max(wide, high));
        double shrink = Math.min(1, SHORT_SIDE / (Math.min(wide, high) * fit));
        // a rounded pixel is no tile of its own
        double tiles =
                Math.ceil(Math.round(wide * fit * shrink) / TILE) * Math.ceil(Math.round(high * fit * shrink) / TILE);
        return LOW_TOKENS + (int) (TILE_TOKENS * Math.max(1, tiles));
    }

    private static ContentPart audio(Parameters audio) {
        String format =
                audio.choice("format", AUDIO_FORMS).orElseThrow(() -> BadParameter.missing(audio.path("format")));
        byte[] bytes = decode(audio.requiredText("data"), audio.path("data"));
        double seconds = AudioLength.seconds(bytes);
        return new ContentPart.Audio(
                format, seconds, digest(bytes), (int) Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND));
    }

    private static ContentPart file(Parameters file) {
        String name = file.text("filename").orElse("");
        Optional<String> data = file.text("file_data");
        if (data.isEmpty()) {
            String id = file.requiredText("file_id");
            return new ContentPart.File(name.isEmpty() ? id : name, "", "", id, 0);
        }
        return file(name, data.get(), file.path("file_data"));
    }

    /// @param data base64, as a data URL or alone
    static ContentPart file(String name, String data, String path) {
        byte[] bytes = data.startsWith("data:") ? data(data, path) : decode(data, path);
        String type = data.startsWith("data:")
                ? data.substring("data:".length(), endOfType(data)).toLowerCase(Locale.ROOT)
                : "";
        boolean isText = type.startsWith("text/") || type.equals("application/json") || isText(name);
        String text = isText ? new String(bytes, StandardCharsets.UTF_8) : "";
        return new ContentPart.File(name, type, text, digest(bytes), 0);
    }

    private static boolean isText(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return List.of(".txt", ".md", ".json", ".csv", ".xml", ".html", ".yaml", ".yml").stream()
                .anyMatch(lower::endsWith);
    }

    private static int endOfType(String url) {
        int comma = url.indexOf(',');
        int semicolon = url.indexOf(';');
        return semicolon >= 0 && semicolon < comma ? semicolon : Math.max(comma, "data:".length());
    }

    private static byte[] data(String url, String path) {
        int comma = url.indexOf(',');
        if (comma < 0 || !url.substring(0, comma).endsWith(";base64")) {
            throw new BadParameter(
                    "Invalid '" + path + "': expected a base64-encoded data URL.", path, "invalid_value");
        }
        return decode(url.substring(comma + 1), path);
    }

    private static byte[] decode(String base64, String path) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException broken) {
            throw new BadParameter("Invalid '" + path + "': it is not valid base64.", path, "invalid_base64");
        }
    }

    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java platform has SHA-256
        }
    }
}
