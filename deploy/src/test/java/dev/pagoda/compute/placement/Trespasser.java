package dev.pagoda.compute.placement;

import dev.pagoda.deploy.StartRefused;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/// Breaks each rule for core packages once, so that the rules can be seen to bite.
final class Trespasser {
    static final class ImportsAModuleToTheRight {
        StartRefused refused() {
            return new StartRefused("");
        }
    }

    static final class ImportsVertx {
        Vertx vertx() {
            return Vertx.vertx();
        }
    }

    static final class TakesAClock {
        Clock clock() {
            return Clock.systemUTC();
        }
    }

    static final class ReadsTheTime {
        long nanos() {
            return System.nanoTime();
        }
    }

    static final class ReadsTheDate {
        Instant now() {
            return Instant.now();
        }
    }

    static final class DoesInputAndOutput {
        boolean exists() {
            return Files.exists(Path.of("x"));
        }
    }

    static final class DrawsUnseeded {
        int draw() {
            return ThreadLocalRandom.current().nextInt();
        }
    }

    private Trespasser() {}
}
