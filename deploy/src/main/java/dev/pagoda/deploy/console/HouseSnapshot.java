package dev.pagoda.deploy.console;

import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What the house is doing at one moment, floor by floor.
///
/// A floor is null while its module is starting or does not answer. Counters (`requests`, tokens, `searches`,
/// `finishedToday`, money) only grow while the process lives: the page turns them into rates. Lists are
/// bounded by [#MAX_ROWS] and totals are taken before the cut, so build floors with their `of`.
///
/// @param atMillis wall clock, milliseconds since 1970
public record HouseSnapshot(
        long atMillis,
        About about,
        @Nullable Compute compute,
        @Nullable Vectors vectors,
        @Nullable Gateway gateway,
        @Nullable Registry registry,
        @Nullable Workflows workflows,
        @Nullable Governance governance) {

    /// Rows of one list that travel to the page; what is beyond is only counted.
    public static final int MAX_ROWS = 128;

    public HouseSnapshot {
        notNegative("atMillis", atMillis);
    }

    /// A house in which nothing has answered yet.
    public static HouseSnapshot starting(long atMillis, About about) {
        return new HouseSnapshot(atMillis, about, null, null, null, null, null, null);
    }

    /// The process itself.
    ///
    /// @param version as the user knows it, such as `0.1.0`
    /// @param startedAtMillis tells two lives of the platform apart
    public record About(String version, long startedAtMillis) {
        public About {
            notNegative("startedAtMillis", startedAtMillis);
        }
    }

    /// Accelerators, node by node.
    ///
    /// @param devices all there are, of which `busy` are held and `failed` are out of order
    /// @param placements gangs that hold devices
    public record Compute(int devices, int busy, int failed, int placements, int moreNodes, List<Node> nodes) {
        public Compute {
            if (busy < 0 || failed < 0 || busy + failed > devices) {
                throw new IllegalArgumentException(
                        "busy " + busy + " and failed " + failed + " must fit into " + devices + " devices");
            }
            notNegative("placements", placements);
            notNegative("moreNodes", moreNodes);
            nodes = bounded(nodes);
        }

        public static Compute of(List<Node> nodes, int placements) {
            var all = 0;
            var busy = 0;
            var failed = 0;
            for (var node : nodes) {
                for (var device : node.devices()) {
                    all++;
                    if (node.state() == NodeState.DOWN || device.state() == DeviceState.FAILED) {
                        failed++;
                    } else if (device.state() == DeviceState.BUSY) {
                        busy++;
                    }
                }
            }
            return new Compute(all, busy, failed, placements, beyond(nodes), first(nodes));
        }
    }

    /// One machine and its devices in slot order.
    ///
    /// @param accelerator the device's usual name, such as `H100`
    public record Node(String name, String accelerator, NodeState state, List<Device> devices) {
        public Node {
            devices = List.copyOf(devices);
        }
    }

    public enum NodeState {
        UP,
        DRAINING,
        DOWN
    }

    /// One accelerator.
    ///
    /// @param holder the model or job that holds it, null when free
    /// @param heldBytes device memory given out, at most `memoryBytes`
    public record Device(DeviceState state, @Nullable String holder, long heldBytes, long memoryBytes) {
        public Device {
            if (heldBytes < 0 || heldBytes > memoryBytes) {
                throw new IllegalArgumentException("held " + heldBytes + " bytes of " + memoryBytes);
            }
        }
    }

    public enum DeviceState {
        FREE,
        BUSY,
        FAILED
    }

    /// Collections of the vector store.
    public record Vectors(
            long points,
            long searches,
            long upserts,
            int collectionCount,
            int moreCollections,
            List<Collection> collections) {
        public Vectors {
            notNegative("points", points);
            notNegative("searches", searches);
            notNegative("upserts", upserts);
            collections = bounded(collections);
        }

        public static Vectors of(List<Collection> collections, long searches, long upserts) {
            return new Vectors(
                    sum(collections, Collection::points),
                    searches,
                    upserts,
                    collections.size(),
                    beyond(collections),
                    first(collections));
        }
    }

    /// @param shape its vectors in a few words, such as `384 cosine` or `512 cosine, sparse`
    public record Collection(String name, long points, String shape) {
        public Collection {
            notNegative("points", points);
        }
    }

    /// Serving, deployment by deployment.
    ///
    /// @param refused requests turned away by a limit or a full queue since the start
    /// @param latest finished requests, newest first
    public record Gateway(
            long requests,
            long promptTokens,
            long completionTokens,
            long refused,
            int running,
            int queued,
            int moreDeployments,
            List<Deployment> deployments,
            List<Served> latest) {
        public Gateway {
            notNegative("requests", requests);
            notNegative("promptTokens", promptTokens);
            notNegative("completionTokens", completionTokens);
            notNegative("refused", refused);
            notNegative("running", running);
            notNegative("queued", queued);
            deployments = bounded(deployments);
            latest = bounded(latest);
        }

        public static Gateway of(List<Deployment> deployments, List<Served> latest, long refused) {
            return new Gateway(
                    sum(deployments, Deployment::requests),
                    sum(deployments, Deployment::promptTokens),
                    sum(deployments, Deployment::completionTokens),
                    refused,
                    (int) sum(deployments, Deployment::running),
                    (int) sum(deployments, Deployment::queued),
                    beyond(deployments),
                    first(deployments),
                    first(latest));
        }
    }

    /// A model in service.
    ///
    /// @param backend `simulated`, `onnx` or `upstream`
    /// @param ready   replicas that answer, beside `starting` ones and `draining` ones, which only finish
    /// @param wanted  replicas that the autoscaler asks for
    /// @param trouble why there are fewer than wanted, empty when there is no trouble
    public record Deployment(
            String model,
            String backend,
            int ready,
            int starting,
            int draining,
            int wanted,
            int running,
            int queued,
            long requests,
            long promptTokens,
            long completionTokens,
            String trouble) {
        public Deployment {
            notNegative("ready", ready);
            notNegative("starting", starting);
            notNegative("draining", draining);
            notNegative("wanted", wanted);
            notNegative("running", running);
            notNegative("queued", queued);
        }
    }

    public enum Outcome {
        COMPLETED,
        ABORTED,
        FAILED
    }

    /// A request that has ended.
    ///
    /// @param firstTokenMillis from arrival to the first token, null when there was none
    /// @param costNanos nano-dollars
    public record Served(
            long atMillis,
            String tenant,
            String model,
            Outcome outcome,
            long promptTokens,
            long completionTokens,
            @Nullable Double firstTokenMillis,
            double totalMillis,
            long costNanos) {}

    /// Models that the registry knows.
    public record Registry(int modelCount, int versionCount, int servingCount, int moreModels, List<Model> models) {
        public Registry {
            models = bounded(models);
        }

        public static Registry of(List<Model> models) {
            return new Registry(
                    models.size(),
                    (int) sum(models, Model::versions),
                    (int) models.stream().filter(Model::serving).count(),
                    beyond(models),
                    first(models));
        }
    }

    /// @param stage alias of the newest version that has one (`production`, `staging`, ...), null without
    public record Model(String name, int versions, @Nullable String stage, boolean serving) {}

    /// Workflows of the current day, UTC, and what they know.
    ///
    /// @param finishedToday runs that ended, of which `failedToday` failed
    public record Workflows(
            int runningRuns,
            int runningIngests,
            long finishedToday,
            long failedToday,
            long openTickets,
            int moreBases,
            List<KnowledgeBase> bases) {
        public Workflows {
            notNegative("runningRuns", runningRuns);
            notNegative("runningIngests", runningIngests);
            notNegative("finishedToday", finishedToday);
            notNegative("failedToday", failedToday);
            notNegative("openTickets", openTickets);
            bases = bounded(bases);
        }

        public static Workflows of(
                List<KnowledgeBase> bases,
                int runningRuns,
                int runningIngests,
                long finishedToday,
                long failedToday,
                long openTickets) {
            return new Workflows(
                    runningRuns, runningIngests, finishedToday, failedToday, openTickets, beyond(bases), first(bases));
        }
    }

    /// @param ingesting whether documents are being taken in now
    public record KnowledgeBase(String name, long documents, long chunks, boolean ingesting) {
        public KnowledgeBase {
            notNegative("documents", documents);
            notNegative("chunks", chunks);
        }
    }

    /// Usage and money of the current day, UTC.
    ///
    /// @param costNanos nano-dollars of all tenants
    public record Governance(long costNanos, long requests, int tenantCount, int moreTenants, List<Tenant> tenants) {
        public Governance {
            notNegative("requests", requests);
            tenants = bounded(tenants);
        }

        public static Governance of(List<Tenant> tenants) {
            return new Governance(
                    sum(tenants, Tenant::costNanos),
                    sum(tenants, Tenant::requests),
                    tenants.size(),
                    beyond(tenants),
                    first(tenants));
        }
    }

    /// One tenant's day.
    public record Tenant(String name, long requests, long tokens, long costNanos) {
        public Tenant {
            notNegative("requests", requests);
            notNegative("tokens", tokens);
        }
    }

    private static void notNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " " + value + " is negative");
        }
    }

    private static <T> List<T> bounded(List<T> rows) {
        if (rows.size() > MAX_ROWS) {
            throw new IllegalArgumentException(
                    rows.size() + " rows are more than " + MAX_ROWS + "; build with of(...)");
        }
        return List.copyOf(rows);
    }

    private static <T> List<T> first(List<T> rows) {
        return rows.size() > MAX_ROWS ? rows.subList(0, MAX_ROWS) : rows;
    }

    private static int beyond(List<?> rows) {
        return Math.max(0, rows.size() - MAX_ROWS);
    }

    private static <T> long sum(List<T> rows, ToLongFunction<T> part) {
        return rows.stream().mapToLong(part).sum();
    }
}
