package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
    private static final Pattern OPTION_LINE = Pattern.compile("(?m)^ {2}(--[a-z-]+)");

    static Set<String> verbs() {
        return Main.commandLine().getSubcommands().keySet();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void helpOfAVerbTellsExactlyItsOptions(String verb) throws IOException {
        Set<String> options = new TreeSet<>();
        collect(Objects.requireNonNull(Main.commandLine().getSubcommands().get(verb)), options);
        Set<String> told = new TreeSet<>();
        OPTION_LINE.matcher(help(verb)).results().forEach(match -> told.add(match.group(1)));
        assertEquals(options, told);
    }

    private static void collect(CommandLine command, Set<String> options) {
        command.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .forEach(option -> options.add(option.longestName()));
        command.getSubcommands().values().forEach(below -> collect(below, options));
    }

    @Test
    void generalHelpTellsEveryVerb() throws IOException {
        String help = help("pagoda");
        for (String verb : verbs()) {
            assertTrue(help.contains("\n  " + verb + " "), verb);
        }
    }

    @Test
    void wrongUsePointsToTheHelpOfTheVerb() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.err;
        try {
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            assertEquals(2, Main.commandLine().execute("bench", "retrieval"));
            assertEquals(2, Main.commandLine().execute("up", "--prot", "1"));
        } finally {
            System.setErr(before);
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(2, lines.size(), lines::toString);
        assertTrue(lines.get(0).endsWith("; see ./pagoda bench --help"), lines.get(0));
        assertTrue(lines.get(1).endsWith("; see ./pagoda up --help"), lines.get(1));
    }

    private static String help(String name) throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("/help/" + name + ".txt")) {
            assertNotNull(in, name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
