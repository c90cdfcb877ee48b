package dev.pagoda.gateway.openai;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Files in memory, of one tenant.
final class MemoryFiles implements BatchFiles {
    private final Map<String, byte[]> kept = new ConcurrentHashMap<>();
    /// How long each file that was kept is to live.
    final List<Long> lives = new CopyOnWriteArrayList<>();

    String add(String content) {
        String id = "file-" + kept.size();
        kept.put(id, content.getBytes(StandardCharsets.UTF_8));
        return id;
    }

    String text(String id) {
        return new String(kept.getOrDefault(id, new byte[0]), StandardCharsets.UTF_8);
    }

    @Override
    public Future<byte[]> read(String id, Call call) {
        byte[] content = kept.get(id);
        return content == null
                ? Future.failedFuture(new Refused(Reason.NOT_FOUND, "file_not_found", "no file " + id))
                : Future.succeededFuture(content);
    }

    @Override
    public Future<String> keep(String name, byte[] content, long lifeSeconds, Call call) {
        lives.add(lifeSeconds);
        return Future.succeededFuture(add(new String(content, StandardCharsets.UTF_8)));
    }
}
