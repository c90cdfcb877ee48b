package dev.pagoda.gateway.upstream;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/// The servers of others, and which of them answers for a model. Safe from any thread; what is changed is
/// durable before it takes effect.
public final class Upstreams {
    private final Vertx vertx;
    private final UpstreamStore table;
    private final UnaryOperator<String> environment;

    /// Replaced as a whole, by the thread that holds the lock.
    private volatile Roster roster = new Roster(Map.of(), Map.of());

    private record Roster(Map<String, Target> byName, Map<String, List<Target>> byModel) {}

    /// By event loop.
    private final Map<Thread, Patience> patience = new ConcurrentHashMap<>();

    /// @param environment value of a variable, null when it is not set
    public Upstreams(Vertx vertx, Store store, UnaryOperator<String> environment) {
        this.vertx = vertx;
        this.table = new UpstreamStore(store);
        this.environment = environment;
    }

    /// Reads which servers there are.
    public Future<Void> start() {
        return table.read().onSuccess(specs -> specs.forEach(this::install)).mapEmpty();
    }

    /// Whether there is no server at all.
    public boolean isEmpty() {
        return roster.byModel().isEmpty();
    }

    /// Whether a server answers for this model of the caller's.
    public boolean serves(String model, String tenant) {
        for (Target target : roster.byModel().getOrDefault(model, List.of())) {
            if (isFor(target, tenant)) {
                return true;
            }
        }
        return false;
    }

    /// The models that servers answer for.
    public List<String> models(String tenant) {
        var models = new TreeSet<String>();
        roster.byName().values().stream()
                .filter(target -> isFor(target, tenant))
                .forEach(target -> models.addAll(target.spec().models().keySet()));
        return List.copyOf(models);
    }

    /// Sends a request on; call on an event loop, where the listener is told.
    ///
    /// @param path below the base URL, for example `/chat/completions`
    /// @param traceParent passed on, empty without one
    public UpstreamExchange send(String path, SentBody body, Call call, String traceParent, UpstreamListener listener) {
        List<Target> targets = new ArrayList<>(2);
        for (Target target : roster.byModel().getOrDefault(body.model(), List.of())) {
            if (isFor(target, call.tenant())) {
                targets.add(target);
            }
        }
        var exchange = new UpstreamExchange(
                vertx, patience(), new UpstreamExchange.Question(path, body, call, traceParent, targets), listener);
        exchange.begin();
        return exchange;
    }

    private Patience patience() {
        Thread loop = Thread.currentThread();
        Patience known = patience.get(loop);
        return known != null ? known : patience.computeIfAbsent(loop, thread -> new Patience(vertx));
    }

    /// Adds a server of this process, which is not kept.
    public void add(UpstreamSpec spec) {
        install(spec);
    }

    /// Adds a server, or replaces the one of its name; requests on the old one end there.
    public Future<UpstreamSpec> put(UpstreamSpec spec) {
        return table.put(spec).onSuccess(this::install);
    }

    /// @return false if there is none of this name
    public Future<Boolean> remove(String name) {
        return table.remove(name).onSuccess(was -> uninstall(name));
    }

    /// A server as it is now.
    ///
    /// @param breaker `closed`, `open` or `half_open`
    public record Status(UpstreamSpec spec, String breaker, long requests, long failures) {}

    public List<Status> list() {
        return roster.byName().values().stream().map(Upstreams::status).toList();
    }

    public Optional<Status> find(String name) {
        return Optional.ofNullable(roster.byName().get(name)).map(Upstreams::status);
    }

    /// Ends all connections.
    public synchronized void close() {
        roster.byName().values().forEach(Target::close);
        roster = new Roster(Map.of(), Map.of());
    }

    private static Status status(Target target) {
        return new Status(
                target.spec(),
                target.breaker.state(System.nanoTime()).name().toLowerCase(Locale.ROOT),
                target.requests.sum(),
                target.failures.sum());
    }

    private static boolean isFor(Target target, String tenant) {
        String only = target.spec().tenant();
        return only == null || only.equals(tenant);
    }

    private synchronized void install(UpstreamSpec spec) {
        String variable = spec.apiKeyEnv();
        Optional<String> key = variable == null ? Optional.empty() : Optional.ofNullable(environment.apply(variable));
        var byName = new TreeMap<>(roster.byName());
        Target before = byName.put(spec.name(), new Target(vertx, spec, key));
        roster = new Roster(byName, byModel(byName));
        if (before != null) {
            before.close();
        }
    }

    private synchronized void uninstall(String name) {
        var byName = new TreeMap<>(roster.byName());
        Target before = byName.remove(name);
        roster = new Roster(byName, byModel(byName));
        if (before != null) {
            before.close();
        }
    }

    private static Map<String, List<Target>> byModel(Map<String, Target> byName) {
        var byModel = new HashMap<String, List<Target>>();
        byName.values()
                .forEach(target -> target.spec()
                        .models()
                        .keySet()
                        .forEach(model -> byModel.computeIfAbsent(model, none -> new ArrayList<>())
                                .add(target)));
        byModel.values()
                .forEach(targets -> targets.sort(
                        Comparator.comparingInt(target -> target.spec().rank())));
        return byModel;
    }
}
