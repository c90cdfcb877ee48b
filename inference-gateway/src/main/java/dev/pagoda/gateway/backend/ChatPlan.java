package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Prompt;
import java.util.List;

/// What a chat will say, settled before an engine gives it its time.
///
/// @param prompt  the conversation
/// @param scripts one for each choice
record ChatPlan(Prompt prompt, List<Script> scripts) {
    ChatPlan {
        scripts = List.copyOf(scripts);
    }
}
