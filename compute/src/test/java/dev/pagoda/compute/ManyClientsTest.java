package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.Released;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Many threads ask the one owner of the fleet at once.
final class ManyClientsTest {
    private static final Principal ADMIN = new Principal("ops", "t", "p", "k1", Principal.Role.ADMIN);
    private static final int CLIENTS = 16;
    private static final int TURNS = 60;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private final Fleet fleet = new Fleet(
            new Fleet.Surroundings(
                    vertx,
                    bus,
                    store,
                    new HttpFloor(vertx, key -> Future.succeededFuture(Optional.empty())),
                    new Telemetry(),
                    InstantSource.system()),
            ComputeConfig.defaults());

    /// Who has a device, as the clients see it: from the answer to their question until they give it back.
    private final Map<DeviceRef, String> holders = new ConcurrentHashMap<>();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final AtomicInteger granted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        await(fleet.start());
    }

    @AfterEach
    void stop() throws Exception {
        await(fleet.stop());
        store.close();
        await(vertx.close());
    }

    @Test
    void cardIsNeverGivenTwice() throws Exception {
        clients(client -> {
            var random = new SplittableRandom(client);
            List<Placed> mine = new ArrayList<>();
            for (int turn = 0; turn < TURNS; turn++) {
                if (!mine.isEmpty() && random.nextInt(3) == 0) {
                    giveBack(mine.remove(random.nextInt(mine.size())));
                } else {
                    place(gang(random, client)).ifPresent(placed -> {
                        take(placed);
                        mine.add(placed);
                    });
                }
            }
            mine.forEach(this::giveBack);
        });
        assertEquals(List.of(), List.copyOf(complaints));
        assertEquals(Map.of(), holders);
        assertTrue(granted.get() > CLIENTS && refused.get() > CLIENTS, granted + " granted, " + refused + " refused");
        assertEquals(
                0, await(bus.ask(Compute.STATUS, new StatusQuery(), call())).placements());
    }

    @Test
    void noDeviceOfAFailedNodeIsHeldTwiceOrLost() throws Exception {
        clients(client -> {
            var random = new SplittableRandom(100 + client);
            for (int turn = 0; turn < TURNS / 2; turn++) {
                if (client == 0) {
                    NodeState state = random.nextBoolean() ? NodeState.DOWN : NodeState.UP;
                    await(bus.ask(Compute.SET_NODE, new SetNode("h100-" + random.nextInt(2), state), call()));
                } else {
                    place(gang(random, client)).ifPresent(this::release);
                }
            }
        });
        for (int node = 0; node < 2; node++) {
            await(bus.ask(Compute.SET_NODE, new SetNode("h100-" + node, NodeState.UP), call()));
        }
        var status = await(bus.ask(Compute.STATUS, new StatusQuery(), call()));
        assertEquals(0, status.placements());
        assertEquals(status.nodes(), status.nodesUp());
        int devices = 0;
        for (var kind : status.accelerators()) {
            var all = new PlaceGang("all", kind.devices(), 0, List.of(kind.accelerator()), false);
            devices += place(all).orElseThrow().devices().size();
        }
        assertEquals(36, devices);
    }

    private interface Client {
        void run(int client) throws Exception;
    }

    private void clients(Client work) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    work.run(client);
                } catch (Exception | AssertionError e) {
                    complaints.add("client " + client + ": " + e);
                }
            }));
        }
        for (Thread thread : threads) {
            assertTrue(thread.join(Duration.ofSeconds(60)), "a client never came back");
        }
        assertEquals(List.of(), List.copyOf(complaints));
    }

    private static PlaceGang gang(SplittableRandom random, int client) {
        List<String> kinds = random.nextBoolean() ? List.of() : List.of("h100-sxm", "mi300x");
        return new PlaceGang("client-" + client, 1 + random.nextInt(6), 0, kinds, random.nextBoolean());
    }

    private Optional<Placed> place(PlaceGang gang) {
        try {
            Placed placed = await(bus.ask(Compute.PLACE, gang, call()));
            granted.incrementAndGet();
            return Optional.of(placed);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused) {
                refused.incrementAndGet();
                return Optional.empty();
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private void take(Placed placed) {
        for (DeviceRef device : placed.devices()) {
            String other = holders.put(device, placed.placementId());
            if (other != null) {
                complaints.add(device + " was given to " + placed.placementId() + " while " + other + " had it");
            }
        }
    }

    private void giveBack(Placed placed) {
        placed.devices().forEach(holders::remove);
        assertEquals(placed.devices().size(), release(placed));
    }

    private int release(Placed placed) {
        try {
            Released released = await(bus.ask(Compute.RELEASE, new ReleaseGang(placed.placementId()), call()));
            return released.devices();
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static Call call() {
        return Call.within(ADMIN, "trace", Duration.ofSeconds(60));
    }

    private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
