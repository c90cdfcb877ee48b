package dev.pagoda.deploy;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda up`: starts the platform, says when it is ready and runs until it is stopped.
@Command(name = "up")
final class Up implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Up.class);
    private static final Path DEFAULT_DATA = Path.of("data");
    private static final Path OPTIONAL_CONFIG = Path.of("pagoda.yaml");
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    @Option(names = "--port")
    private @Nullable Integer port;

    @Option(names = "--host")
    private @Nullable String host;

    @Option(names = "--data")
    private Path data = DEFAULT_DATA;

    @Option(names = "--ephemeral")
    private boolean ephemeral;

    @Option(names = "--detach")
    private boolean detach;

    @Option(names = "--config")
    private @Nullable Path config;

    @Option(names = "--until-ready")
    private boolean untilReady;

    /// For the launcher: a [Rehearsal] with the key of a first start, and no more.
    @Option(names = "--rehearse")
    private boolean rehearse;

    @Override
    public Integer call() throws InterruptedException {
        Config effective = effectiveConfig();
        checkAddress(effective.http());
        Path folder = data.toAbsolutePath().normalize();
        boolean madeFolder = !Files.exists(folder);
        // An ephemeral platform in the foreground needs no trace of itself; one in the background must be found by
        // stop.
        Optional<Instance> instance = ephemeral && !detach ? Optional.empty() : Optional.of(Instance.claim(folder));
        if (instance.isPresent()) {
            Logs.toFile(folder.resolve("pagoda.log"));
        }
        Platform platform;
        try {
            platform = start(effective, ephemeral ? Optional.empty() : Optional.of(folder));
        } catch (RuntimeException e) {
            release(instance);
            throw e;
        }
        Optional<Path> traces = ephemeral && detach && madeFolder ? Optional.of(folder) : Optional.empty();
        Runnable stop = () -> stop(platform, instance, traces);
        Optional<String> freshKey = platform.freshApiKey();
        if (untilReady || rehearse) {
            sayReady(effective.http(), platform, freshKey);
            if (rehearse && freshKey.isPresent()) {
                new Rehearsal(base(effective.http(), platform), freshKey.get()).run();
            }
            stop.run();
            return 0;
        }
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
        } catch (IllegalStateException endingAlready) {
            // a signal has come during the start
            stop.run();
            return 0;
        }
        sayReady(effective.http(), platform, freshKey);
        // Until a signal ends the process: its exit code, 130 or 143, tells which.
        new CountDownLatch(1).await();
        return 0;
    }

    /// The settings of the named file, else of `pagoda.yaml` in the current folder, else the defaults.
    static Config config(Optional<Path> named) {
        if (named.isPresent()) {
            return ConfigFile.read(named.get());
        }
        return Files.exists(OPTIONAL_CONFIG) ? ConfigFile.read(OPTIONAL_CONFIG) : Config.defaults();
    }

    private Config effectiveConfig() {
        Config read = config(Optional.ofNullable(config));
        try {
            HttpConfig http = read.http();
            http = host == null ? http : http.withHost(host);
            http = port == null ? http : http.withPort(port);
            Config here = read.withHttp(http);
            return host == null
                    ? here
                    : here.withVectors(
                            read.vectors().withGrpc(host, read.vectors().grpcPort()));
        } catch (IllegalArgumentException e) {
            throw new StartRefused(String.valueOf(e.getMessage()), e);
        }
    }

    /// A taken port is told before anything else has been started.
    private static void checkAddress(HttpConfig http) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(http.host()), http.port()));
        } catch (UnknownHostException e) {
            throw new StartRefused("the host " + http.host() + " is not known here, expected a name or an address", e);
        } catch (BindException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("assign")) {
                throw new StartRefused("the address " + http.host() + " is not one of this machine", e);
            } else if (reason.contains("ermission")) {
                throw new StartRefused(
                        "port " + http.port() + " needs more rights than " + System.getProperty("user.name")
                                + " has; choose one above 1023 with --port",
                        e);
            }
            throw new StartRefused(
                    "port " + http.port() + " on " + http.host()
                            + " is taken; choose another with --port, or --port 0 for any free one",
                    e);
        } catch (IOException e) {
            throw new StartRefused(
                    "port " + http.port() + " on " + http.host() + " cannot be used: " + e.getMessage(), e);
        }
    }

    /// A database that cannot be opened is for the user to mend, however deep the failure that tells of it.
    private static Platform start(Config config, Optional<Path> folder) {
        try {
            return Platform.start(config, folder);
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException sql) {
                    throw new StartRefused(
                            "the database " + place(config, folder) + " cannot be used: " + firstLine(sql.getMessage()),
                            e);
                }
            }
            throw e;
        }
    }

    /// Without the parameters of the URL, which may hold a password.
    private static String place(Config config, Optional<Path> folder) {
        String url = config.store().url();
        return url.isEmpty() ? folder.map(data -> "in " + data).orElse("of this run") : url.replaceFirst("\\?.*", "");
    }

    static String firstLine(@Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }

    private static String base(HttpConfig http, Platform platform) {
        return "http://" + reachable(http.host()) + ":" + platform.port();
    }

    private void sayReady(HttpConfig http, Platform platform, Optional<String> freshKey) {
        String base = base(http, platform);
        PrintStream out = System.out;
        out.printf(Locale.ROOT, "ready %s in %.1f s%n", base, StartTime.secondsSince());
        out.println("console " + base + "/console");
        platform.grpcPort().ifPresent(grpcPort -> out.println("grpc " + reachable(http.host()) + ":" + grpcPort));
        out.println(freshKey.map(key -> "api-key " + key)
                .orElse("api-key: keys are shown once; make another with ./pagoda key"
                        + (data.equals(DEFAULT_DATA) ? "" : " --data " + data)));
        out.flush();
        LOG.info("ready {}", base);
    }

    /// An address that a client on this machine can use.
    static String reachable(String host) {
        if (host.equals("0.0.0.0") || host.equals("::")) {
            return "127.0.0.1";
        }
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static void stop(Platform platform, Optional<Instance> instance, Optional<Path> traces) {
        try {
            platform.stop(STOP_LIMIT);
            LOG.info("stopped");
            System.out.println("stopped");
            release(instance);
            if (traces.isPresent()) {
                deleteTraces(traces.get());
            }
        } catch (IOException e) {
            LOG.warn("the data folder could not be tidied", e);
        }
    }

    private static void release(Optional<Instance> instance) {
        try {
            if (instance.isPresent()) {
                instance.get().close();
            }
        } catch (IOException e) {
            LOG.warn("the data folder could not be released", e);
        }
    }

    private static void deleteTraces(Path folder) throws IOException {
        for (String file : new String[] {"pagoda.lock", "pagoda.log"}) {
            Files.deleteIfExists(folder.resolve(file));
        }
        try (var left = Files.list(folder)) {
            if (left.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(folder);
    }
}
