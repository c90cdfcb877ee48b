package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import java.util.List;

/// What answers behind a protocol's routes. Called on the event loop of a connection; listeners and futures answer
/// there.
public interface ChatService {
    /// Starts a chat. A refusal, even an immediate one, comes by [ChatListener#onFailure].
    ChatHandle chat(ChatRequest request, Call call, ChatListener listener);

    /// Embeds a batch; fails with [dev.pagoda.governance.bus.Refused].
    ///
    /// @param headers takes headers for the answer, also when it fails
    Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers);

    /// The models that the caller may use, by name.
    Future<List<ServedModel>> models(Call call);
}
