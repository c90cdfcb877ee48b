package dev.pagoda.deploy.console;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A headless Chromium that is installed on this machine; nothing is downloaded.
public final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");

    private final Playwright playwright;
    private final Browser browser;

    public Chromium() {
        var executable = find(System.getenv("PATH"));
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setHeadless(true)
                        .setArgs(List.of("--no-sandbox", "--force-color-profile=srgb")));
    }

    public Browser browser() {
        return browser;
    }

    static Path find(String path) {
        for (var folder : path.split(File.pathSeparator, -1)) {
            for (var name : NAMES) {
                var candidate = Path.of(folder, name);
                if (Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        }
        throw new IllegalStateException("no Chromium on the PATH (looked for " + String.join(", ", NAMES)
                + "); on Debian: apt install chromium");
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
