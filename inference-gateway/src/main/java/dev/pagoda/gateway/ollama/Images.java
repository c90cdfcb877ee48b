package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Digest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The `images` of a message: base64, without saying what they are.
final class Images {
    private static final int MAX_IMAGES = 64;

    /// Patches of 14 pixels on a picture of 336, as LLaVA 1.5 sees every picture (https://arxiv.org/abs/2310.03744).
    private static final int TOKENS = 576;

    private Images() {}

    static List<ContentPart> of(JsonNode images, String path) {
        if (images.isMissingNode()) {
            return List.of();
        }
        if (!images.isArray()) {
            throw BadParameter.type(path, "an array of strings", images);
        }
        if (images.size() > MAX_IMAGES) {
            throw BadParameter.longArray(path, MAX_IMAGES, images.size());
        }
        var parts = new ArrayList<ContentPart>(images.size());
        for (int i = 0; i < images.size(); i++) {
            JsonNode image = images.get(i);
            if (!image.isTextual()) {
                throw BadParameter.type(path + "[" + i + "]", "a string", image);
            }
            parts.add(image(image.textValue(), path + "[" + i + "]"));
        }
        return parts;
    }

    private static ContentPart image(String base64, String path) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException broken) {
            throw OptionParameters.told("illegal base64 data in " + path);
        }
        ImageHeader picture = ImageHeader.read(bytes)
                .orElseThrow(() -> OptionParameters.told("Failed to load image or audio file: " + path));
        return new ContentPart.Image(picture.mediaType(), picture.width(), picture.height(), Digest.of(bytes), TOKENS);
    }
}
