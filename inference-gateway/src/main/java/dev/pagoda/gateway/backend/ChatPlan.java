package dev.pagoda.gateway.backend;

import java.util.List;

/// What a chat will say, settled before an engine gives it its time.
///
/// @param promptTokens tokens of the conversation
/// @param scripts      one for each choice
record ChatPlan(int promptTokens, List<Script> scripts) {
    ChatPlan {
        scripts = List.copyOf(scripts);
    }
}
