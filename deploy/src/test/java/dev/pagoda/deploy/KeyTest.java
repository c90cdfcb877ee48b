package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.authz.Tenancy;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class KeyTest {
    @TempDir
    Path folder;

    @Test
    void makesAKeyThatARunningPlatformTakesAtOnce() {
        Path data = folder.resolve("data");
        Vertx vertx = Vertx.vertx();
        try (Store store = Store.open(vertx, StoreConfig.defaults(), Optional.of(data))) {
            store.migrate("governance");
            Tenancy running = new Tenancy(store, new Tenancy.Limits(9, 9, 9, 9, 9), InstantSource.system());
            running.bootstrap().toCompletionStage().toCompletableFuture().join();

            String said = run("--data", data.toString(), "--role", "member");

            assertTrue(said.startsWith("api-key "), said);
            Principal principal = running.authenticator()
                    .authenticate(said.substring("api-key ".length()).strip())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join()
                    .orElseThrow();
            assertEquals(Tenancy.DEMO, principal.tenant());
            assertEquals(Principal.Role.MEMBER, principal.role());
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    @Test
    void refusesAFolderWithoutAPlatform() {
        assertTrue(run("--data", folder.resolve("none").toString()).contains("there is no data folder"));
    }

    private static String run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "key";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            Main.commandLine().execute(all);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
