package dev.pagoda.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import dev.pagoda.deploy.console.Chromium;
import dev.pagoda.gateway.load.LoadCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// The console of a whole platform under load, in a real browser; the picture stays in `target/screenshots`.
@Tag("slow")
class LiveConsoleTest {
    private static final Path PICTURE = Path.of("target", "screenshots", "platform.png");

    @Test
    void showsWhatThePlatformDoes() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral();
                Chromium chromium = new Chromium()) {
            platform.put("/collections/towns", "{\"vectors\":{\"size\":2,\"distance\":\"Cosine\"}}");
            platform.put(
                    "/collections/towns/points?wait=true",
                    "{\"points\":[{\"id\":1,\"vector\":[1,2]},{\"id\":2,\"vector\":[2,1]}]}");
            platform.post("/platform/knowledge-bases", "{\"name\":\"shop\"}");
            platform.post(
                    "/platform/knowledge-bases/shop/ingest",
                    "{\"documents\":[{\"id\":\"hours\",\"title\":\"Hours\",\"text\":\"The shop opens at nine.\"}]}");
            CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> new CommandLine(new LoadCommand())
                    .execute(
                            "--url",
                            platform.url(""),
                            "--api-key",
                            platform.key(),
                            "--model",
                            "qwen2.5-7b-instruct",
                            "--rate",
                            "8",
                            "--duration",
                            "12s",
                            "--max-tokens",
                            "80"));
            List<String> complaints = new ArrayList<>();
            Page page = chromium.browser()
                    .newPage(new Browser.NewPageOptions()
                            .setViewportSize(1280, 860)
                            .setDeviceScaleFactor(1));
            page.onConsoleMessage(message -> {
                if (message.type().equals("error") || message.type().equals("warning")) {
                    complaints.add(message.text());
                }
            });
            page.onPageError(complaints::add);

            page.navigate(platform.url("/console"));

            assertThat(page.locator(".device")).hasCount(36);
            assertThat(page.locator(".device.busy").first()).isVisible();
            assertThat(page.getByText("towns").first()).isVisible();
            assertThat(page.getByText("shop").first()).isVisible();
            var total = page.getByLabel("inference-gateway", new Page.GetByLabelOptions().setExact(true))
                    .locator(".trend small")
                    .first();
            assertThat(total).containsText(Pattern.compile("[1-9][0-9]* in all"));
            var before = total.textContent();
            assertThat(total).not().hasText(before);
            assertEquals(0, load.join());
            page.screenshot(new Page.ScreenshotOptions().setPath(PICTURE).setFullPage(true));
            assertEquals(List.of(), complaints);
        }
    }
}
