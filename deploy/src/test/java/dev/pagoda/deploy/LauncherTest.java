package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script as far as it goes without Java.
class LauncherTest {
    private static final Path PAGODA = Path.of("..", "pagoda").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void tellsThatAJdkIsTooOld() throws Exception {
        Path old = jdk("17.0.15");
        assertEquals(
                "pagoda: PAGODA_JAVA_HOME is " + old + ", a JDK 17; that is too old, Pagoda needs JDK 25 or newer\n",
                refusal(Map.of("PAGODA_JAVA_HOME", old.toString()), "doctor"));
    }

    @Test
    void knowsTheVersionsBeforeNineAsOld() throws Exception {
        assertTrue(refusal(Map.of("PAGODA_JAVA_HOME", jdk("1.8.0_442").toString()), "up")
                .contains("too old"));
    }

    @Test
    void tellsThatAFolderHoldsNoJdk() throws Exception {
        assertEquals(
                "pagoda: PAGODA_JAVA_HOME is " + folder + ", where there is no JDK; Pagoda needs JDK 25 or newer\n",
                refusal(Map.of("PAGODA_JAVA_HOME", folder.toString()), "up"));
    }

    @Test
    void tellsTheVerbsWhenGivenAnother() throws Exception {
        assertEquals(
                "pagoda: there is no verb 'start'; there are bench demo doctor key load simulate stop test up\n",
                refusal(Map.of(), "start"));
    }

    @Test
    void tellsTheHelpOfEachVerbWithoutJava() throws Exception {
        Map<String, String> noJava = Map.of("PAGODA_JAVA_HOME", folder.toString());
        for (String verb : HelpTest.verbs()) {
            Launched launched = Launched.run(PAGODA, folder, noJava, verb, "--help");
            assertEquals(0, launched.exitCode());
            assertTrue(launched.out().contains("usage: ./pagoda " + verb), launched.out());
        }
        assertTrue(Launched.run(PAGODA, folder, noJava, "--help").out().contains("./pagoda VERB --help"));
    }

    @Test
    void worksThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("pg"), PAGODA);
        Launched launched = Launched.run(link, folder, Map.of(), "up", "--help");
        assertEquals(0, launched.exitCode(), launched.err());
    }

    @Test
    void givesJavaTheOptionsThatMeasurementsGiveToo() throws Exception {
        Path root = Files.createDirectories(folder.resolve("root"));
        Path script = Files.copy(PAGODA, root.resolve("pagoda"));
        Path resources = Path.of("deploy", "src", "main", "resources");
        Path sources = PAGODA.resolveSibling(resources);
        Files.createDirectories(root.resolve(resources).resolve("help"));
        Path options = Files.copy(
                sources.resolve("jvm-options.txt"), root.resolve(resources).resolve("jvm-options.txt"));
        Files.copy(
                sources.resolve("help").resolve("doctor.txt"),
                root.resolve(resources).resolve("help").resolve("doctor.txt"));
        Path target = root.resolve("deploy").resolve("target");
        Files.createDirectories(target.resolve("lib"));
        Files.writeString(target.resolve("pagoda.jar"), "");
        Files.writeString(target.resolve("pagoda.built"), "");
        Path home = jdk("25.0.1");
        Path java = Files.writeString(home.resolve("bin").resolve("java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));

        List<String> told = Files.readAllLines(options);
        Map<String, String> plain = Map.of("PAGODA_JAVA_HOME", home.toString());
        assertEquals(told, given(script, plain).subList(0, told.size()));

        Map<String, String> other =
                Map.of("PAGODA_JAVA_HOME", home.toString(), "PAGODA_JAVA_OPTS", "-Xmx3g -XX:+UseZGC");
        List<String> given = given(script, other);
        assertTrue(told.contains("-XX:+UseSerialGC"));
        assertFalse(given.contains("-XX:+UseSerialGC"));
        assertTrue(given.indexOf("-Xmx3g") > given.indexOf("-Xmx2g"), given::toString);
    }

    private List<String> given(Path script, Map<String, String> environment) throws Exception {
        Launched launched = Launched.run(script, folder, environment, "doctor");
        assertEquals(0, launched.exitCode(), launched.err());
        return launched.out().lines().toList();
    }

    private String refusal(Map<String, String> environment, String verb) throws Exception {
        Launched launched = Launched.run(PAGODA, folder, environment, verb);
        assertEquals(2, launched.exitCode());
        assertEquals("", launched.out());
        return launched.err();
    }

    private Path jdk(String version) throws IOException {
        Path home = folder.resolve("jdk " + version);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        Path javac = Files.writeString(home.resolve("bin").resolve("javac"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(javac, PosixFilePermissions.fromString("rwxr-xr-x"));
        return home;
    }
}
