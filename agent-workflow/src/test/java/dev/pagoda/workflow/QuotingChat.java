package dev.pagoda.workflow;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.workflow.node.ChatModel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/// Answers with the text of the first passage and its mark, once it may.
final class QuotingChat implements ChatModel {
    private static final Pattern FIRST = Pattern.compile("\\[1] [^\\n]*\\n([^\\n]*)");

    private final List<String> prompts = new CopyOnWriteArrayList<>();
    private volatile Future<Void> permission = Future.succeededFuture();
    private volatile boolean isSilent;

    List<String> prompts() {
        return prompts;
    }

    /// Answers nothing from now on until the promise completes.
    Promise<Void> hold() {
        Promise<Void> promise = Promise.promise();
        permission = promise.future();
        return promise;
    }

    /// Answers without a mark from now on.
    void knowNothing() {
        isSilent = true;
    }

    @Override
    public Future<ChatAnswer> answer(String instruction, String question, Call call) {
        prompts.add(question);
        var first = FIRST.matcher(question);
        var answer = isSilent || !first.find() ? "I do not know." : first.group(1) + " [1]";
        return permission.map(_ -> new ChatAnswer(answer, 100, 5_000));
    }
}
