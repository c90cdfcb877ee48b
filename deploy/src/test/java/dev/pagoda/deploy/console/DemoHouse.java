package dev.pagoda.deploy.console;

import dev.pagoda.deploy.console.HouseSnapshot.About;
import dev.pagoda.deploy.console.HouseSnapshot.Collection;
import dev.pagoda.deploy.console.HouseSnapshot.Compute;
import dev.pagoda.deploy.console.HouseSnapshot.Deployment;
import dev.pagoda.deploy.console.HouseSnapshot.Device;
import dev.pagoda.deploy.console.HouseSnapshot.DeviceState;
import dev.pagoda.deploy.console.HouseSnapshot.Gateway;
import dev.pagoda.deploy.console.HouseSnapshot.Governance;
import dev.pagoda.deploy.console.HouseSnapshot.KnowledgeBase;
import dev.pagoda.deploy.console.HouseSnapshot.Model;
import dev.pagoda.deploy.console.HouseSnapshot.Node;
import dev.pagoda.deploy.console.HouseSnapshot.NodeState;
import dev.pagoda.deploy.console.HouseSnapshot.Outcome;
import dev.pagoda.deploy.console.HouseSnapshot.Registry;
import dev.pagoda.deploy.console.HouseSnapshot.Served;
import dev.pagoda.deploy.console.HouseSnapshot.Tenant;
import dev.pagoda.deploy.console.HouseSnapshot.Vectors;
import dev.pagoda.deploy.console.HouseSnapshot.Workflows;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// A house with a steady trade, for tests of the page: one second of it passes with every look.
final class DemoHouse implements HouseView {

    private static final long GIB = 1L << 30;
    private static final List<String> CHAT = List.of(
            "Qwen/Qwen2.5-72B-Instruct",
            "Qwen/Qwen2.5-7B-Instruct",
            "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
            "meta-llama/Llama-3.1-8B-Instruct");
    private static final List<String> TENANTS = List.of("lotus-bank", "riverside-hospital", "demo");

    private final Random random = new Random(7);
    private final long startedAtMillis;
    private final long[] requests = new long[CHAT.size() + 2];
    private final long[] prompt = new long[CHAT.size() + 2];
    private final long[] completion = new long[CHAT.size() + 2];
    private final long[] tenantRequests = {2_810, 1_764, 420};
    private final long[] tenantTokens = {3_912_000, 2_044_000, 318_000};
    private final long[] tenantCost = {2_418_000_000L, 1_129_000_000L, 96_400_000L};
    private final List<Served> latest = new ArrayList<>();
    private long nowMillis;
    private final AtomicLong seconds = new AtomicLong();
    private long searches = 48_210;
    private long runs = 1_284;

    /// @param nowMillis time of the first look
    DemoHouse(long nowMillis) {
        this.nowMillis = nowMillis;
        this.startedAtMillis = nowMillis - 7_987_000;
    }

    @Override
    public Future<HouseSnapshot> look() {
        var house = snapshot();
        pass();
        return Future.succeededFuture(house);
    }

    HouseSnapshot snapshot() {
        return new HouseSnapshot(
                nowMillis,
                new About("0.1.0", startedAtMillis),
                compute(),
                vectors(),
                gateway(),
                registry(),
                workflows(),
                governance());
    }

    long secondsPassed() {
        return seconds.get();
    }

    private void pass() {
        var second = seconds.incrementAndGet();
        nowMillis += 1_000;
        var tide = 1 + 0.45 * Math.sin(second / 23.0) + 0.2 * Math.sin(second / 7.0);
        var arrivals = new ArrayList<Integer>();
        for (var m = 0; m < requests.length; m++) {
            var mean = tide * (m < CHAT.size() ? 2.6 - 0.4 * m : 2);
            arrivals.addAll(Collections.nCopies((int) Math.round(mean * (0.6 + 0.8 * random.nextDouble())), m));
        }
        Collections.shuffle(arrivals, random);
        var gap = 1_000.0 / (arrivals.size() + 1);
        for (var i = 0; i < arrivals.size(); i++) {
            serve(arrivals.get(i), nowMillis - 1_000 + (long) (gap * (i + 1)));
        }
        runs += Math.round(tide * 0.6 + random.nextDouble() * 0.7);
        searches += Math.round(tide * 9 + random.nextDouble() * 3);
    }

    private void serve(int m, long atMillis) {
        var chat = m < CHAT.size();
        var in = 60 + random.nextInt(chat ? 900 : 60);
        var out = chat ? 20 + random.nextInt(240) : 0;
        var tenant = random.nextInt(10) < 5 ? 0 : random.nextInt(10) < 7 ? 1 : 2;
        var cost = chat ? (in * 120L + out * 480L) * (m == 0 ? 6 : 1) : in * 10L;
        requests[m]++;
        prompt[m] += in;
        completion[m] += out;
        tenantRequests[tenant]++;
        tenantTokens[tenant] += in + out;
        tenantCost[tenant] += cost;
        var refused = random.nextInt(60) == 0;
        var name = chat ? CHAT.get(m) : m == CHAT.size() ? "all-MiniLM-L6-v2" : "bge-small-zh-v1.5";
        latest.addFirst(new Served(
                atMillis,
                TENANTS.get(tenant),
                name,
                refused ? Outcome.FAILED : Outcome.COMPLETED,
                in,
                out,
                chat && !refused ? 90 + random.nextDouble() * 300 : null,
                chat ? 400 + out * 14.0 : 8 + random.nextDouble() * 6,
                cost));
        while (latest.size() > 40) {
            latest.removeLast();
        }
    }

    private Compute compute() {
        var second = seconds.get();
        return Compute.of(
                List.of(
                        node("h100-1", "H100 80GB", 80, NodeState.UP, CHAT.get(0), 8, 0.91, -1),
                        node(
                                "h100-2",
                                "H100 80GB",
                                80,
                                NodeState.UP,
                                CHAT.get(2),
                                2 + (int) (second / 20 % 3),
                                0.84,
                                -1),
                        node("ascend-1", "Ascend 910B", 64, NodeState.UP, CHAT.get(1), 3, 0.62, -1),
                        node("mi300x-1", "MI300X", 192, NodeState.UP, CHAT.get(3), 5, 0.38, 7),
                        node("l20-1", "L20", 48, NodeState.UP, CHAT.get(1), 2, 0.74, -1)),
                11);
    }

    private static Node node(
            String name,
            String accelerator,
            int gib,
            NodeState state,
            String model,
            int busy,
            double fill,
            int failed) {
        var devices = new ArrayList<Device>();
        for (var slot = 0; slot < (accelerator.equals("L20") ? 4 : 8); slot++) {
            if (slot == failed) {
                devices.add(new Device(DeviceState.FAILED, null, 0, gib * GIB));
            } else if (slot < busy) {
                devices.add(new Device(DeviceState.BUSY, model, (long) (fill * gib * GIB), gib * GIB));
            } else {
                devices.add(new Device(DeviceState.FREE, null, 0, gib * GIB));
            }
        }
        return new Node(name, accelerator, state, devices);
    }

    private Gateway gateway() {
        var second = seconds.get();
        var deployments = new ArrayList<Deployment>();
        int[] ready = {2, 5, 2 + (int) (second / 20 % 3), 5};
        for (var m = 0; m < CHAT.size(); m++) {
            var starting = m == 2 && second % 20 > 14 ? 1 : 0;
            var waiting = m == 0 && second % 40 > 30 ? 1 : 0;
            deployments.add(new Deployment(
                    CHAT.get(m),
                    "simulated",
                    ready[m],
                    starting,
                    0,
                    ready[m] + starting + waiting,
                    6 + random.nextInt(9) - m,
                    waiting * (3 + random.nextInt(4)),
                    requests[m],
                    prompt[m],
                    completion[m],
                    waiting > 0 ? "no node has 4 free H100" : ""));
        }
        deployments.add(new Deployment(
                "all-MiniLM-L6-v2", "onnx", 1, 0, 0, 1, random.nextInt(3), 0, requests[4], prompt[4], 0, ""));
        deployments.add(new Deployment(
                "bge-small-zh-v1.5", "onnx", 1, 0, 0, 1, random.nextInt(2), 0, requests[5], prompt[5], 0, ""));
        return Gateway.of(deployments, List.copyOf(latest), second / 60);
    }

    private static Registry registry() {
        return Registry.of(List.of(
                new Model(CHAT.get(0), 2, "production", true),
                new Model(CHAT.get(1), 3, "production", true),
                new Model(CHAT.get(2), 1, "production", true),
                new Model(CHAT.get(3), 2, "staging", true),
                new Model("mistralai/Mistral-7B-Instruct-v0.3", 1, null, false),
                new Model("01-ai/Yi-1.5-34B-Chat", 1, null, false),
                new Model("all-MiniLM-L6-v2", 1, "production", true),
                new Model("bge-small-zh-v1.5", 1, "production", true)));
    }

    private Vectors vectors() {
        return Vectors.of(
                List.of(
                        new Collection("kb_handbook_en", 12_480, "384 cosine, sparse"),
                        new Collection("kb_handbook_zh", 9_614, "512 cosine, sparse"),
                        new Collection("products", 4_096, "384 cosine"),
                        new Collection("tickets", 720, "384 dot")),
                searches,
                26_910);
    }

    private Workflows workflows() {
        var second = seconds.get();
        return Workflows.of(
                List.of(
                        new KnowledgeBase("handbook-en", 240, 12_480, false),
                        new KnowledgeBase("handbook-zh", 240, 9_614, second / 30 % 2 == 0)),
                2 + random.nextInt(3),
                second / 30 % 2 == 0 ? 1 : 0,
                runs,
                3,
                7);
    }

    private Governance governance() {
        var tenants = new ArrayList<Tenant>();
        for (var t = 0; t < TENANTS.size(); t++) {
            tenants.add(new Tenant(TENANTS.get(t), tenantRequests[t], tenantTokens[t], tenantCost[t]));
        }
        return Governance.of(tenants);
    }
}
