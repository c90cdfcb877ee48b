package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Digest;
import dev.pagoda.gateway.protocol.Parameters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Blocks of content: text, pictures, documents and search results.
///
/// A picture costs a 750th of its pixels, after it is made to fit 1,568 pixels a side and 1.15 million in all
/// (https://platform.claude.com/docs/en/build-with-claude/vision, 2026-05); one behind a URL is not fetched and costs
/// what the largest does. A page of a PDF costs about [#PAGE_TOKENS].
final class ContentBlocks {
    private static final List<String> IMAGES = List.of("image/jpeg", "image/png", "image/gif", "image/webp");
    private static final List<String> SUPPORTED = List.of(
            "text", "image", "document", "search_result", "tool_use", "tool_result", "thinking", "redacted_thinking");
    private static final int MAX_SIDE = 1_568;
    private static final int MAX_PIXELS = 1_150_000;
    private static final int PIXELS_A_TOKEN = 750;
    private static final int LARGEST_TOKENS = MAX_PIXELS / PIXELS_A_TOKEN;

    /// The middle of 1,500 to 3,000 tokens of text a page
    /// (https://platform.claude.com/docs/en/build-with-claude/pdf-support,
    /// 2026-05).
    private static final int PAGE_TOKENS = 2_250;

    private static final Pattern PDF_PAGE = Pattern.compile("/Type\\s*/Page(?![a-zA-Z])");

    private ContentBlocks() {}

    static String type(Parameters block) {
        return block.text("type").orElseThrow(() -> BadParameter.missing(block.path("type")));
    }

    /// A string, or blocks of text alone.
    static List<ContentPart> texts(JsonNode content, String path) {
        List<ContentPart> parts = parts(content, path);
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof ContentPart.Text)) {
                throw BadParameter.value(
                        path + "[" + i + "].type", content.get(i).path("type").asText(), List.of("text"));
            }
        }
        return parts;
    }

    /// A string, or blocks; nothing when absent.
    static List<ContentPart> parts(JsonNode content, String path) {
        if (content.isMissingNode()) {
            return List.of();
        }
        if (content.isTextual()) {
            return List.of(new ContentPart.Text(content.textValue()));
        }
        if (!content.isArray()) {
            throw BadParameter.type(path, "a valid string or list", content);
        }
        var parts = new ArrayList<ContentPart>(content.size());
        for (int i = 0; i < content.size(); i++) {
            Parameters block = Parameters.of(content.get(i), path + "[" + i + "]");
            parts.add(part(block, type(block)));
        }
        return parts;
    }

    static ContentPart part(Parameters block, String type) {
        return switch (type) {
            case "text" -> text(block);
            case "image" -> image(source(block));
            case "document" -> document(block, source(block));
            case "search_result" -> searchResult(block);
            default -> throw BadParameter.value(block.path("type"), type, SUPPORTED);
        };
    }

    private static ContentPart text(Parameters block) {
        String text = block.text("text").orElseThrow(() -> BadParameter.missing(block.path("text")));
        if (text.isEmpty()) {
            throw MessageParameters.told("messages: text content blocks must be non-empty");
        }
        return new ContentPart.Text(text);
    }

    private static Parameters source(Parameters block) {
        return block.object("source").orElseThrow(() -> BadParameter.missing(block.path("source")));
    }

    private static ContentPart image(Parameters source) {
        String type = source.choice("type", List.of("base64", "url", "file"))
                .orElseThrow(() -> BadParameter.missing(source.path("type")));
        return switch (type) {
            case "url" -> new ContentPart.Image("", 0, 0, Digest.of(url(source)), LARGEST_TOKENS);
            case "base64" -> {
                String mediaType = source.choice("media_type", IMAGES)
                        .orElseThrow(() -> BadParameter.missing(source.path("media_type")));
                byte[] bytes = base64(source);
                Optional<ImageHeader> picture = ImageHeader.read(bytes);
                if (picture.isEmpty()) {
                    throw MessageParameters.told("Could not process image");
                }
                if (!picture.get().mediaType().equals(mediaType)) {
                    throw MessageParameters.told(Wording.path(source.path("base64"))
                            + ": The image was specified using the " + mediaType
                            + " media type, but the image appears to be a "
                            + picture.get().mediaType() + " image");
                }
                yield new ContentPart.Image(
                        mediaType,
                        picture.get().width(),
                        picture.get().height(),
                        Digest.of(bytes),
                        tokens(picture.get()));
            }
            default -> throw BadParameter.unsupported(source.path("type"), "with 'file'");
        };
    }

    static int tokens(ImageHeader picture) {
        double width = picture.width();
        double height = picture.height();
        double fit = Math.min(1, MAX_SIDE / Math.max(width, height));
        double pixels = Math.min(MAX_PIXELS, width * fit * height * fit);
        return Math.max(1, (int) Math.round(pixels / PIXELS_A_TOKEN));
    }

    private static ContentPart document(Parameters block, Parameters source) {
        String title = block.text("title").orElse("");
        String context = block.text("context").orElse("");
        String type = source.choice("type", List.of("base64", "text", "content", "url", "file"))
                .orElseThrow(() -> BadParameter.missing(source.path("type")));
        return switch (type) {
            case "text" -> {
                String text = source.text("data").orElseThrow(() -> BadParameter.missing(source.path("data")));
                yield new ContentPart.File(title, "text/plain", joined(title, context, text), Digest.of(text), 0);
            }
            case "content" -> {
                List<ContentPart> parts = parts(source.raw("content"), source.path("content"));
                var text = new StringBuilder();
                int tokens = 0;
                for (ContentPart part : parts) {
                    text.append(part.text()).append('\n');
                    tokens += part.tokens();
                }
                yield new ContentPart.File(
                        title,
                        "text/plain",
                        joined(title, context, text.toString()),
                        Digest.of(text.toString()),
                        tokens);
            }
            case "base64" -> {
                if (source.choice("media_type", List.of("application/pdf")).isEmpty()) {
                    throw BadParameter.missing(source.path("media_type"));
                }
                byte[] bytes = base64(source);
                yield new ContentPart.File(
                        title,
                        "application/pdf",
                        joined(title, context, ""),
                        Digest.of(bytes),
                        PAGE_TOKENS * pages(bytes));
            }
            case "url" ->
                new ContentPart.File(
                        title, "application/pdf", joined(title, context, ""), Digest.of(url(source)), PAGE_TOKENS);
            default -> throw BadParameter.unsupported(source.path("type"), "with 'file'");
        };
    }

    private static ContentPart searchResult(Parameters block) {
        String title = block.requiredText("title");
        String source = block.requiredText("source");
        List<ContentPart> parts = texts(block.raw("content"), block.path("content"));
        var text = new StringBuilder();
        parts.forEach(part -> text.append(part.text()).append('\n'));
        return new ContentPart.Text(joined(title, source, text.toString()));
    }

    private static String joined(String title, String context, String text) {
        var joined = new StringBuilder();
        for (String each : List.of(title, context, text)) {
            if (!each.isEmpty()) {
                joined.append(joined.isEmpty() ? "" : "\n").append(each);
            }
        }
        return joined.toString();
    }

    private static int pages(byte[] pdf) {
        String text = new String(pdf, StandardCharsets.ISO_8859_1);
        if (!text.startsWith("%PDF-")) {
            throw MessageParameters.told("The PDF specified was not valid.");
        }
        Matcher page = PDF_PAGE.matcher(text);
        int pages = 0;
        while (page.find()) {
            pages++;
        }
        return Math.max(1, pages);
    }

    private static String url(Parameters source) {
        String url = source.requiredText("url");
        if (!url.startsWith("https://") && !url.startsWith("http://")) {
            throw MessageParameters.told(Wording.path(source.path("url")) + ": Only HTTPS URLs are supported.");
        }
        return url;
    }

    private static byte[] base64(Parameters source) {
        String data = source.requiredText("data");
        try {
            return Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException broken) {
            throw MessageParameters.told(Wording.path(source.path("data")) + ": invalid base64 data");
        }
    }
}
