package dev.pagoda.workflow.node;

import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;

/// Answers a prompt by a language model.
public interface ChatModel {

    /// A whole answer and what it took.
    record ChatAnswer(String text, long tokens, long costNanos) {}

    /// @param instruction how to answer, the system's message
    /// @param question    what is asked, the user's message
    Future<ChatAnswer> answer(String instruction, String question, Call call);
}
