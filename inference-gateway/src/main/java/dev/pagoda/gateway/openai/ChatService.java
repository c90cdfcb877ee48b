package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import java.util.List;

/// What answers behind the HTTP API. Called on the event loop of the connection; its listener and futures answer there.
public interface ChatService {
    /// Starts a chat. A refusal before the start comes by [ChatListener#onFailure].
    ChatHandle chat(ChatRequest request, Call call, ChatListener listener);

    /// Embeds a batch; fails with [dev.pagoda.governance.bus.Refused].
    Future<EmbedReply> embed(EmbedRequest request, Call call);

    /// The models that the caller may use.
    Future<List<ServedModel>> models(Call call);
}
