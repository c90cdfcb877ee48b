package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.PromptTokens;
import dev.pagoda.gateway.backend.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// `truncation: auto`: the oldest of a conversation is left out, as little as makes the rest fit into the model's
/// context. Instructions and the last message stay, and so does no result of a tool whose call is gone. Pure.
final class Truncation {
    private Truncation() {}

    /// @param kept messages at the start that always stay
    /// @return the least that there may be when even that does not fit
    static ChatRequest fit(ChatRequest request, int kept, int contextTokens) {
        long room =
                (long) contextTokens - Math.max(1, request.limits().maxTokens().orElse(1));
        if (PromptTokens.atMost(request) <= room || PromptTokens.of(request) <= room) {
            return request;
        }
        List<ChatMessage> messages = request.messages();
        int[] cuts = IntStream.range(kept + 1, messages.size())
                .filter(at -> messages.get(at).role() != Role.TOOL)
                .toArray();
        int low = 0;
        int high = cuts.length - 1;
        // fewer messages are fewer tokens, so that the first cut that fits is found by halving
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (PromptTokens.of(from(request, kept, cuts[middle])) <= room) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return cuts.length == 0 ? request : from(request, kept, cuts[low]);
    }

    private static ChatRequest from(ChatRequest request, int kept, int cut) {
        var rest = new ArrayList<>(request.messages().subList(0, kept));
        rest.addAll(request.messages().subList(cut, request.messages().size()));
        return request.withMessages(rest);
    }
}
