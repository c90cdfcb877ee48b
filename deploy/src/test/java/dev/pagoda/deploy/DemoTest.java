package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class DemoTest {
    private static final Pattern GOLD = Pattern.compile("citation holds the gold answer: (\\d+) %");

    @TempDir
    Path data;

    @Test
    void runsTwiceOnOnePlatformAndTheSumsAgree() {
        Config config = Config.defaults();
        Platform platform = Platform.start(
                config.withHttp(config.http().withPort(0))
                        .withVectors(config.vectors().withoutGrpc()),
                Optional.of(data));
        try {
            String url = "http://127.0.0.1:" + platform.port();
            String key = platform.freshApiKey().orElseThrow();
            Said first = demo("--url", url, "--api-key", key);
            assertEquals(0, first.exitCode(), first.text());
            assertTrue(first.text().contains("240 of them new"), first.text());
            assertTrue(first.text().contains("  equal"), first.text());
            Matcher gold = GOLD.matcher(first.text());
            assertTrue(gold.find(), first.text());
            assertTrue(Integer.parseInt(gold.group(1)) >= 80, gold.group());

            Said second = demo("--url", url, "--api-key", key, "--questions", "2");
            assertEquals(0, second.exitCode(), second.text());
            assertTrue(second.text().contains("240 paragraphs, 0 of them new"), second.text());
        } finally {
            platform.stop(Duration.ofSeconds(10));
        }
    }

    @Test
    void asksForTheKeyOfARunningPlatform() {
        Config config = Config.defaults();
        Platform platform = Platform.start(
                config.withHttp(config.http().withPort(0))
                        .withVectors(config.vectors().withoutGrpc()),
                Optional.empty());
        try {
            Said said = demo("--url", "http://127.0.0.1:" + platform.port(), "--api-key", "");
            assertEquals(2, said.exitCode());
            assertTrue(said.text().contains("give its key with --api-key or PAGODA_API_KEY"), said.text());
        } finally {
            platform.stop(Duration.ofSeconds(10));
        }
    }

    @Test
    void refusesAnAddressWhereNobodyAnswers() {
        Said said = demo("--url", "http://127.0.0.1:1", "--api-key", "k");
        assertEquals(2, said.exitCode());
        assertEquals("pagoda: no platform answers at http://127.0.0.1:1\n", said.text());
    }

    private record Said(int exitCode, String text) {}

    private static Said demo(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "demo";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            int exitCode = Main.commandLine().execute(all);
            return new Said(exitCode, said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
