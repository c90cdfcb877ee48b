package dev.pagoda.gateway.backend;

import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// News of chats on their way to their callers' contexts, collected over an engine's turn so that each event loop is
/// woken once.
///
/// Belongs to one context; news for that context itself is told within [#flush].
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private record News(ChatSession session, Runnable telling) {
        void tell() {
            try {
                telling.run();
            } catch (RuntimeException fault) {
                LOG.error("a listener of request {} failed", session.request().requestId(), fault);
                session.cancel();
            }
        }
    }

    private final Context home;
    private Map<Context, List<News>> pending = new HashMap<>();

    Outbox(Context home) {
        this.home = root(home);
    }

    void send(ChatSession session, Runnable telling) {
        pending.computeIfAbsent(root(session.context()), context -> new ArrayList<>())
                .add(new News(session, telling));
    }

    void flush() {
        while (!pending.isEmpty()) {
            Map<Context, List<News>> batch = pending;
            pending = new HashMap<>();
            // the other loops begin while this one tells its own
            List<News> own = batch.remove(home);
            batch.forEach((context, news) -> context.runOnContext(v -> news.forEach(News::tell)));
            if (own != null) {
                own.forEach(News::tell);
            }
        }
    }

    /// Requests run on contexts of their own over the one of their event loop, which is the one to be woken.
    private static Context root(Context context) {
        return context instanceof ContextInternal internal ? internal.unwrap() : context;
    }
}
