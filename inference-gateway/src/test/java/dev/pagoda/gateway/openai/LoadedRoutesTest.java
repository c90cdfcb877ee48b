package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.load.LoadCommand;
import dev.pagoda.gateway.protocol.FakeChatService;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// The routes under the platform's own load generator.
class LoadedRoutesTest {
    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    @Tag("slow")
    void manyClientsOfWhichSomeLeaveLoseNoTokenAndLeakNoChat() {
        JsonNode report = load("--requests", "1000", "--concurrency", "64", "--abort", "0.1", "--prompt-tokens", "40");

        long completed = report.at("/requests/completed").asLong();
        long aborted = report.at("/requests/aborted").asLong();
        assertEquals(1_000, completed + aborted, report.toString());
        assertTrue(aborted > 50, report.toString());
        assertEquals(
                completed * FakeChatService.PROMPT_TOKENS,
                report.at("/usage/prompt_tokens").asLong());
        assertEquals(1_000, server.service.chats.size());
        OpenAiServer.awaitTrue(() -> server.exchanges.count() == 0);
        assertEquals(0, server.service.running.get());
    }

    private JsonNode load(String... args) {
        var out = new StringWriter();
        var line = new CommandLine(new LoadCommand()).setOut(new PrintWriter(out, true));
        String[] all = new String[args.length + 7];
        System.arraycopy(args, 0, all, 0, args.length);
        String[] rest = {"--url", "http://127.0.0.1:" + server.port, "--api-key", "good", "--model", "echo", "--json"};
        System.arraycopy(rest, 0, all, args.length, rest.length);
        assertEquals(0, line.execute(all), out.toString());
        return server.parse(out.toString());
    }
}
