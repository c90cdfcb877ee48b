package dev.pagoda.gateway.openai;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.FindFile;
import dev.pagoda.registry.api.KeepFile;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.StoredFile;
import io.vertx.core.Future;
import java.time.Duration;

/// The files that batches read and write: each belongs to the tenant of the call.
public interface BatchFiles {
    /// @return fails when the tenant has no such file
    Future<byte[]> read(String id, Call call);

    /// @param lifeSeconds after which it is gone, 0 to keep it until it is removed
    /// @return the id of the file, once it is kept
    Future<String> keep(String name, byte[] content, long lifeSeconds, Call call);

    /// The registry's, which `/v1/files` lists.
    static BatchFiles ofRegistry(Bus bus) {
        return new BatchFiles() {
            @Override
            public Future<byte[]> read(String id, Call call) {
                return bus.ask(Registry.FILE_CONTENT, new FindFile(id), inTime(call))
                        .map(found -> found.content());
            }

            @Override
            public Future<String> keep(String name, byte[] content, long lifeSeconds, Call call) {
                var file = new KeepFile(name, "batch_output", content, lifeSeconds);
                return bus.ask(Registry.KEEP_FILE, file, inTime(call)).map(StoredFile::id);
            }

            // a batch outlives the call that began it
            private static Call inTime(Call call) {
                return Call.within(call.principal(), call.trace(), Duration.ofSeconds(60));
            }
        };
    }
}
