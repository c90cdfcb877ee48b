package dev.pagoda.deploy.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
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
import dev.pagoda.deploy.console.HouseSnapshot.Registry;
import dev.pagoda.deploy.console.HouseSnapshot.Tenant;
import dev.pagoda.deploy.console.HouseSnapshot.Vectors;
import dev.pagoda.deploy.console.HouseSnapshot.Workflows;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The page as a browser sees it. Screenshots stay in `target/screenshots`.
@Tag("slow")
class ConsolePageTest {

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final long NOW = 1_795_254_600_000L;

    private static Chromium chromium;

    @BeforeAll
    static void launch() {
        chromium = new Chromium();
    }

    @AfterAll
    static void quit() {
        chromium.close();
    }

    @Test
    void drawsThreeFloorsAndThePillarWithTheirNumbers() {
        try (var server = new ConsoleServer(() -> Future.succeededFuture(new DemoHouse(NOW).snapshot()), tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            var page = visit.page;

            for (var floor : List.of("Application floor", "Model floor", "Infrastructure floor")) {
                assertThat(page.getByRole(AriaRole.REGION, named(floor))).isVisible();
            }
            assertThat(page.getByLabel("governance", exactly())).containsText("$3.64");
            assertThat(page.getByLabel("compute", exactly())).containsText("20 / 36");
            assertThat(page.getByLabel("vector-store", exactly())).containsText("26.9 k");
            assertThat(page.getByLabel("model-registry", exactly())).containsText("12versions");
            assertThat(page.getByLabel("agent-workflow", exactly())).containsText("1,284");
            assertThat(page.getByLabel("inference-gateway", exactly())).containsText("Qwen2.5-72B-Instruct");
            assertThat(page.locator(".device")).hasCount(36);
            assertThat(page.locator(".device.busy")).hasCount(20);
            assertThat(page.locator(".device.broken")).hasCount(1);
            assertThat(page.getByRole(AriaRole.STATUS)).hasText("live");
            visit.requireClean();
        }
    }

    @Test
    void movesWithTheHouse() {
        var house = new DemoHouse(NOW);
        try (var server = new ConsoleServer(house, tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            var total = visit.page
                    .getByLabel("inference-gateway", exactly())
                    .locator(".trend small")
                    .first();
            assertThat(total).containsText(Pattern.compile("[1-9][0-9]* in all"));

            var before = total.textContent();

            assertThat(total).not().hasText(before);
            assertThat(visit.page.locator(".latest li").first()).isVisible();
            assertThat(visit.page.locator(".chart canvas").first()).isVisible();
            visit.requireClean();
        }
    }

    @Test
    void saysThatThePlatformIsGoneAndComesBackByItself() {
        var house = new DemoHouse(NOW);
        var server = new ConsoleServer(house, tick(), 0);
        var port = server.port();
        try (var visit = new Visit(port, 1280, 800, ColorScheme.LIGHT)) {
            var page = visit.page;
            assertThat(page.getByRole(AriaRole.STATUS)).hasText("live");

            server.close();

            assertThat(page.getByRole(AriaRole.STATUS)).hasText("gone, reconnecting");
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("The platform is gone. It was stopped.");
            assertThat(page).hasTitle("Pagoda (gone, reconnecting)");
            page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("console-gone.png")));

            server = new ConsoleServer(house, tick(), port);

            assertThat(page.getByRole(AriaRole.STATUS)).hasText("live");
            assertThat(page.getByRole(AriaRole.ALERT)).hasCount(0);
            assertThat(page).hasTitle("Pagoda");
            assertEquals(List.of(), visit.violations());
        } finally {
            server.close();
        }
    }

    @Test
    void drawsAHouseThatIsStillEmpty() {
        var about = new About("0.1.0", NOW);
        var empty = HouseSnapshot.starting(NOW, about);
        try (var server = new ConsoleServer(() -> Future.succeededFuture(empty), tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            assertThat(visit.page.getByText("is starting")).hasCount(6);
            visit.page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("console-starting.png")));
            visit.requireClean();
        }
    }

    @Test
    void drawsABigHouseWithoutBurstingIt() {
        var house = bigHouse();
        try (var server = new ConsoleServer(() -> Future.succeededFuture(house), tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            var page = visit.page;

            assertThat(page.getByLabel("compute", exactly())).containsText("1,200 / 2,400");
            assertThat(page.getByLabel("compute", exactly())).containsText("and 236 more nodes");
            assertThat(page.locator(".node")).hasCount(64);
            assertThat(page.getByLabel("vector-store", exactly())).containsText("and 497 more collections");
            assertThat(page.getByLabel("governance", exactly())).containsText("and 36 more tenants");
            assertThat(page.getByLabel("inference-gateway", exactly())).containsText("and 13 more models");
            assertThat(page.getByLabel("agent-workflow", exactly())).containsText("知识库-0");
            page.screenshot(new Page.ScreenshotOptions()
                    .setPath(SCREENSHOTS.resolve("console-big.png"))
                    .setFullPage(true));
            assertEquals(1280, page.evaluate("document.documentElement.scrollWidth"));
            visit.requireClean();
        }
    }

    private static HouseSnapshot bigHouse() {
        var devices = new ArrayList<Device>();
        for (var slot = 0; slot < 8; slot++) {
            devices.add(new Device(
                    slot < 4 ? DeviceState.BUSY : DeviceState.FREE, slot < 4 ? "model-" + slot : null, slot, 80));
        }
        var nodes = rows(300, i -> new Node("rack-" + i / 10 + "-node-" + i % 10, "H100", NodeState.UP, devices));
        var deployments = rows(
                20,
                i -> new Deployment(
                        "an-organisation/a-model-with-a-very-long-name-" + i,
                        "simulated",
                        12,
                        3,
                        1,
                        40,
                        900,
                        1_200,
                        1L << 40,
                        1L << 45,
                        1L << 46,
                        "no node has 8 free H100"));
        return new HouseSnapshot(
                NOW,
                new About("0.1.0", 0),
                Compute.of(nodes, 300),
                Vectors.of(
                        rows(
                                500,
                                i -> new Collection(
                                        "集合_collection_with_a_long_name_" + i,
                                        1_000_000_000L - i,
                                        "65536 cosine, sparse")),
                        1L << 50,
                        0),
                Gateway.of(deployments, List.of(), 1L << 50),
                Registry.of(rows(
                        400,
                        i -> new Model("an-organisation/a-model-with-a-very-long-name-" + i, 99, "challenger", true))),
                Workflows.of(
                        rows(9, i -> new KnowledgeBase("知识库-" + i, 1_000_000, 123_456_789, false)),
                        400,
                        3,
                        1L << 40,
                        99_999,
                        4_000),
                Governance.of(rows(
                        40, i -> new Tenant("企业-with-a-name-that-does-not-end-" + i, 1L << 40, 1L << 50, 1L << 53))));
    }

    private static <T> List<T> rows(int count, IntFunction<T> row) {
        return IntStream.range(0, count).mapToObj(row).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "console, 1280, 800, LIGHT",
        "console-dark, 1280, 800, DARK",
        "console-wide, 1760, 1000, LIGHT",
        "console-narrow, 390, 844, LIGHT",
    })
    void fitsTheScreenAndKeepsAPicture(String name, int width, int height, ColorScheme scheme) {
        var house = new DemoHouse(NOW);
        try (var server = new ConsoleServer(house, Duration.ofMillis(15), 0);
                var visit = new Visit(server.port(), width, height, scheme)) {
            visit.page.evaluate("""
                    () => {
                      const page = document.documentElement;
                      window.most = [0, 0];
                      setInterval(() => (window.most = [Math.max(most[0], page.scrollWidth), Math.max(most[1], page.scrollHeight)]), 20);
                    }""");
            visit.page.waitForCondition(() -> house.secondsPassed() > 300);
            visit.page.screenshot(new Page.ScreenshotOptions()
                    .setPath(SCREENSHOTS.resolve(name + ".png"))
                    .setFullPage(true));
            var most = (List<?>) visit.page.evaluate("window.most");
            assertEquals(width, most.getFirst(), "the page is wider than the screen");
            if (width >= 1280) {
                assertEquals(height, most.getLast(), "the page is higher than the screen");
            }
            visit.requireClean();
        }
    }

    @Test
    void writesNumbersAsPeopleReadThem() {
        try (var server = new ConsoleServer(new DemoHouse(NOW), tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            var written = visit.page.evaluate("""
                    async () => {
                      const f = await import('/console/format.js');
                      return [
                        f.count(0), f.count(9999), f.count(10000), f.count(999_960), f.count(1_250_000), f.count(-1), f.count(null),
                        f.rate(0), f.rate(0.04), f.rate(12.34), f.rate(2400), f.rate(undefined),
                        f.money(0), f.money(1), f.money(420_000), f.money(96_400_000), f.money(3_640_000_000), f.money(1_234_000_000_000), f.money(2.5e15),
                        f.duration(0.2), f.duration(310), f.duration(2140), f.duration(59_600), f.duration(7_987_000), f.duration(NaN),
                        f.bytes(512 * 2 ** 20), f.bytes(72.8 * 2 ** 30), f.plural(1, 'chunk'), f.plural(2, 'chunk'),
                      ];
                    }""");

            assertEquals(
                    List.of(
                            "0",
                            "9,999",
                            "10 k",
                            "1 M",
                            "1.3 M",
                            "–",
                            "–",
                            "0",
                            "0.04",
                            "12.3",
                            "2,400",
                            "–",
                            "$0",
                            "$0.000000001",
                            "$0.00042",
                            "$0.096",
                            "$3.64",
                            "$1,234",
                            "$2.5 M",
                            "<1 ms",
                            "310 ms",
                            "2.1 s",
                            "1 min 0 s",
                            "2 h 13 min",
                            "–",
                            "512 MiB",
                            "73 GiB",
                            "1 chunk",
                            "2 chunks"),
                    written);
        }
    }

    @Test
    void turnsCountersIntoRatesAcrossGapsAndRestarts() {
        try (var server = new ConsoleServer(new DemoHouse(NOW), tick(), 0);
                var visit = new Visit(server.port(), 1280, 800, ColorScheme.LIGHT)) {
            var rates = visit.page.evaluate("""
                    async () => {
                      const { Series } = await import('/console/series.js');
                      const series = new Series();
                      const house = (at, requests, life = 1) => ({ atMillis: at * 1000, about: { startedAtMillis: life }, gateway: requests == null ? undefined : { requests } });
                      for (const [at, requests] of [[1, 10], [2, 14], [3, 20], [4, 20], [5, 20], [20, 50], [21, 52], [22, null], [23, 60], [24, 61]]) series.push(house(at, requests));
                      const before = series.rates('requests', 3);
                      series.push(house(25, 3, 2));
                      series.push(house(26, 5, 2));
                      return [before, series.rates('requests', 3)].map((list) => list.map((v) => (v == null ? -1 : Math.round(v * 100) / 100)).join(' '));
                    }""");

            assertEquals(List.of("-1 4 5 3.33 2 -1 2 -1 -1 1", "-1 2"), rates);
        }
    }

    @Test
    void saysWhatIsMissingWhenThereIsNoBrowser() {
        var refused = assertThrows(IllegalStateException.class, () -> Chromium.find("/nowhere"));

        assertTrue(String.valueOf(refused.getMessage()).contains("apt install chromium"));
    }

    private static Duration tick() {
        return Duration.ofMillis(200);
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static Page.GetByLabelOptions exactly() {
        return new Page.GetByLabelOptions().setExact(true);
    }

    /// A browser's visit to the console that remembers everything the browser complained about.
    private static final class Visit implements AutoCloseable {
        private final List<String> complaints = new ArrayList<>();
        final Page page;

        Visit(int port, int width, int height, ColorScheme scheme) {
            page = chromium.browser()
                    .newContext(new Browser.NewContextOptions()
                            .setViewportSize(width, height)
                            .setColorScheme(scheme)
                            .setTimezoneId("UTC"))
                    .newPage();
            page.onConsoleMessage(message -> {
                if (message.type().equals("error") || message.type().equals("warning")) {
                    complaints.add(message.text());
                }
            });
            page.onPageError(complaints::add);
            page.onResponse(response -> {
                if (response.status() >= 400) {
                    complaints.add(response.status() + " " + response.url());
                }
            });
            page.addInitScript(
                    "window.violations = [];"
                            + "addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI));");
            page.navigate("http://127.0.0.1:" + port + "/console");
            assertThat(page.locator(".house")).isVisible();
        }

        Object violations() {
            return page.evaluate("window.violations");
        }

        void requireClean() {
            assertEquals(List.of(), violations());
            assertEquals(List.of(), complaints);
        }

        @Override
        public void close() {
            page.context().close();
        }
    }
}
