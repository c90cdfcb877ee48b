package dev.pagoda.deploy;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.authz.Tenancy;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda key`: makes another API key for whoever may write the data folder, whether or not the platform runs.
///
/// That is the way back in when every key has been lost: keys are shown once and only their hashes are kept.
@Command(name = "key")
final class Key implements Callable<Integer> {
    @Option(names = "--data")
    private Path data = Path.of("data");

    @Option(names = "--config")
    private @Nullable Path config;

    @Option(names = "--tenant")
    private String tenant = Tenancy.DEMO;

    @Option(names = "--team")
    private String team = Tenancy.DEMO;

    @Option(names = "--project")
    private String project = Tenancy.DEMO;

    @Option(names = "--role")
    private String role = "admin";

    @Option(names = "--label")
    private String label = "made by pagoda key";

    @Override
    public Integer call() {
        Config read = Up.config(Optional.ofNullable(config));
        Path folder = data.toAbsolutePath().normalize();
        if (read.store().url().isEmpty() && !Files.isDirectory(folder)) {
            throw new StartRefused("there is no data folder " + folder + "; start a platform on it with ./pagoda up");
        }
        Vertx vertx = Vertx.vertx();
        try (Store store = Store.open(vertx, read.store(), Optional.of(folder))) {
            store.migrate("governance");
            Tenancy tenancy = new Tenancy(store, limits(read), InstantSource.system());
            Tenancy.FreshKey fresh = tenancy.createKey(tenant, team, project, role(), label)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            System.out.println("api-key " + fresh.secret().text());
            return 0;
        } catch (CompletionException e) {
            if (e.getCause() instanceof Refused refused) {
                throw new StartRefused(refused.refusal().message(), refused);
            }
            throw e;
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private Principal.Role role() {
        return switch (role.toLowerCase(Locale.ROOT)) {
            case "admin" -> Principal.Role.ADMIN;
            case "member" -> Principal.Role.MEMBER;
            default -> throw new StartRefused("--role is " + role + ", expected admin or member");
        };
    }

    private static Tenancy.Limits limits(Config config) {
        return new Tenancy.Limits(
                config.governance().maxTenants(),
                config.governance().maxTeamsPerTenant(),
                config.governance().maxProjectsPerTenant(),
                config.governance().maxKeysPerTenant(),
                config.governance().cachedKeys());
    }
}
