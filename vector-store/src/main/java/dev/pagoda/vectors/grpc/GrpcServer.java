package dev.pagoda.vectors.grpc;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The port where Qdrant's gRPC clients are answered: HTTP/2 without TLS.
///
/// A call runs on a virtual thread of its own that waits for the store's pools, so it costs no thread while it waits.
/// At most [Gate#MAX_IN_FLIGHT] calls are under way; beyond that they are refused.
public final class GrpcServer implements AutoCloseable {
    private static final int MAX_CALLS_PER_CONNECTION = 256;

    /// Headers, the API key among them; larger than what HTTP/1 allows here by no means.
    private static final int MAX_METADATA_BYTES = 32 * 1024;

    /// Clients in a fleet often ping every ten seconds; the library's default of five minutes would hang up on them.
    private static final long LEAST_KEEP_ALIVE_SECONDS = 5;

    private static final long MAX_IDLE_MINUTES = 60;

    private static final Duration GRACE = Duration.ofSeconds(2);

    /// Held, since its level goes with it: the transport tells of each faulty client with a stack trace.
    private static final Logger TRANSPORT = Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty");

    static {
        TRANSPORT.setLevel(Level.SEVERE);
    }

    private final Server server;
    private final Gate gate;
    private final ExecutorService threads;

    /// How the server is set up.
    ///
    /// @param port            0 takes a free one
    /// @param maxMessageBytes a longer request is refused
    /// @param maxWait         the longest that a caller waits
    public record Settings(String host, int port, int maxMessageBytes, Duration maxWait) {}

    /// What the services stand on.
    ///
    /// @param isReady whether the store can answer
    public record Ground(LocalCalls calls, Keys keys, MeterRegistry meters, BooleanSupplier isReady) {}

    /// Turns the API key of a request into its call.
    @FunctionalInterface
    public interface Keys {
        /// @param key  empty if the request carries none
        /// @param wait how long the caller waits
        /// @return fails with `Refused` when there is no key, or it is not a valid one
        Future<Call> admit(Optional<String> key, Duration wait);
    }

    private GrpcServer(Server server, Gate gate, ExecutorService threads) {
        this.server = server;
        this.gate = gate;
        this.threads = threads;
    }

    /// Listens.
    ///
    /// @throws BindException if the port is taken or the address is not one of this machine
    public static GrpcServer start(Settings settings, Ground ground) throws BindException {
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("vectors-grpc-", 0).factory());
        Gate gate = new Gate(ground.keys(), ground.meters(), settings.maxWait());
        Exchange exchange = new Exchange(ground.calls());
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(settings.host(), settings.port()))
                .executor(threads)
                .maxInboundMessageSize(settings.maxMessageBytes())
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .permitKeepAliveTime(LEAST_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionIdle(MAX_IDLE_MINUTES, TimeUnit.MINUTES)
                .addService(guarded(new PointCalls(exchange).bindService(), gate))
                .addService(guarded(new CollectionCalls(exchange).bindService(), gate))
                .addService(guarded(new SnapshotCalls(exchange).bindService(), gate))
                .addService(new Health.OfQdrant().bindService())
                .addService(new Health.OfGrpc(ground.isReady()).bindService())
                .build();
        try {
            server.start();
        } catch (IOException failed) {
            gate.close();
            threads.close();
            // the native transport has an exception of its own for what Java calls a BindException
            throw (BindException) new BindException("port " + settings.port() + " on " + settings.host()
                            + " cannot be had: " + innermost(failed).getMessage())
                    .initCause(failed);
        }
        return new GrpcServer(server, gate, threads);
    }

    public int port() {
        return server.getPort();
    }

    /// Takes no more calls, waits a while for those under way, then cancels them.
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        gate.close();
        threads.shutdownNow();
    }

    private static Throwable innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static ServerServiceDefinition guarded(ServerServiceDefinition service, Gate gate) {
        return ServerInterceptors.intercept(service, gate);
    }
}
