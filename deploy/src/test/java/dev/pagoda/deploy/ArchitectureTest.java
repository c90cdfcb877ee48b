package dev.pagoda.deploy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The table of allowed edges between modules, and what a core package may know.
class ArchitectureTest {
    private static final String ROOT = "dev.pagoda.";

    /// What every module stands on.
    private static final List<String> FLOOR = List.of(
            "dev.pagoda.governance.api..",
            "dev.pagoda.governance.bus..",
            "dev.pagoda.governance.store..",
            "dev.pagoda.governance.http..",
            "dev.pagoda.governance.telemetry..");

    /// Of which modules, beside the floor, a module may import the `api`.
    private static final Map<String, List<String>> EDGES = new LinkedHashMap<>();

    static {
        EDGES.put("compute", List.of());
        EDGES.put("registry", List.of("compute"));
        EDGES.put("vectors", List.of());
        EDGES.put("gateway", List.of("compute", "registry", "vectors"));
        EDGES.put("workflow", List.of("compute", "registry", "gateway", "vectors"));
    }

    /// Packages of plain code: time is a parameter, randomness is seeded, the shell around them does the I/O.
    private static final List<String> CORES = List.of(
            "governance.ledger",
            "compute.sim",
            "compute.kubernetes",
            "compute.placement",
            "compute.queue",
            "vectors.hnsw",
            "vectors.kernel",
            "vectors.quant",
            "vectors.filter",
            "gateway.engine",
            "gateway.model",
            "gateway.route",
            "workflow.graph");

    /// Cores of the design that nobody has built yet; whoever does takes the name out.
    private static final Set<String> TO_COME = Set.of("governance.ledger");

    private static final String[] OUTSIDE_WORLD = {
        "io.vertx..", "java.io..", "java.net..", "java.nio.file..", "java.nio.channels..", "java.sql..", "org.slf4j.."
    };

    private static JavaClasses pagoda;

    @BeforeAll
    static void read() {
        pagoda = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.pagoda");
    }

    @Test
    void everyModuleAndCoreOfTheTablesExists() {
        assertEquals(EDGES.size() + 1L, modules().count());
        assertEquals(TO_COME, CORES.stream().filter(core -> !exists(core)).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void moduleImportsOnlyWhatTheTableAllows(String module) {
        importsOnlyAllowed(module).check(pagoda);
    }

    @ParameterizedTest
    @MethodSource("cores")
    void coreKnowsNeitherVertxNorClockNorInputAndOutput(String core) {
        isPlain(core).check(pagoda);
    }

    @ParameterizedTest
    @MethodSource("vectorCores")
    void coreOfTheVectorStoreNeedsOnlyTheJdk(String core) {
        needsOnlyTheJdk(core).check(pagoda);
    }

    @Test
    void noPackageIsCalledCommonOrUtilOrHelper() {
        Set<String> shunned = new TreeSet<>();
        for (JavaClass each : pagoda) {
            for (String step : each.getPackageName().split("\\.", -1)) {
                if (Set.of("common", "util", "utils", "helper", "helpers", "misc")
                        .contains(step)) {
                    shunned.add(each.getPackageName());
                }
            }
        }
        assertEquals(Set.of(), shunned);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ImportsVertx",
                "TakesAClock",
                "ReadsTheTime",
                "ReadsTheDate",
                "DoesInputAndOutput",
                "DrawsUnseeded"
            })
    void ruleForCoresBites(String trespass) throws ClassNotFoundException {
        JavaClasses trespasser = trespasser("dev.pagoda.compute.placement.Trespasser$" + trespass);
        assertTrue(isPlain("compute.placement").evaluate(trespasser).hasViolation());
        assertFalse(importsOnlyAllowed("compute").evaluate(trespasser).hasViolation());
    }

    @Test
    void tableOfEdgesBites() throws ClassNotFoundException {
        JavaClasses trespasser = trespasser("dev.pagoda.compute.placement.Trespasser$ImportsAModuleToTheRight");
        assertTrue(importsOnlyAllowed("compute").evaluate(trespasser).hasViolation());
    }

    @Test
    void ruleForTheVectorStoreBites() throws ClassNotFoundException {
        JavaClasses trespasser = trespasser("dev.pagoda.vectors.hnsw.UsesALibrary");
        assertTrue(needsOnlyTheJdk("vectors.hnsw").evaluate(trespasser).hasViolation());
    }

    private static JavaClasses trespasser(String name) throws ClassNotFoundException {
        return new ClassFileImporter().importClasses(Class.forName(name));
    }

    static Stream<String> modules() {
        return Stream.concat(Stream.of("governance"), EDGES.keySet().stream()).filter(ArchitectureTest::exists);
    }

    static Stream<String> cores() {
        return CORES.stream().filter(ArchitectureTest::exists);
    }

    static Stream<String> vectorCores() {
        return cores().filter(core -> core.startsWith("vectors."));
    }

    private static boolean exists(String name) {
        return pagoda.stream().anyMatch(resideInAnyPackage(ROOT + name + ".."));
    }

    private static ArchRule importsOnlyAllowed(String module) {
        List<String> allowed = new ArrayList<>();
        allowed.add(ROOT + module + "..");
        if (!module.equals("governance")) {
            allowed.addAll(FLOOR);
        }
        EDGES.getOrDefault(module, List.of()).forEach(left -> allowed.add(ROOT + left + ".api.."));
        return noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.pagoda..")
                        .and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new)))))
                .as(module + " imports of Pagoda only " + allowed);
    }

    private static ArchRule isPlain(String core) {
        return noClasses()
                .that()
                .resideInAPackage(ROOT + core + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(OUTSIDE_WORLD))
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.InstantSource")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
                .orShould()
                .accessTargetWhere(readsTheTimeOrChance())
                .as(core + " is plain code: no Vert.x, no clock, no I/O, no unseeded randomness");
    }

    private static DescribedPredicate<JavaAccess<?>> readsTheTimeOrChance() {
        return describe("reads the time or draws unseeded", access -> {
            String target = access.getTargetOwner().getFullName() + "."
                    + access.getTarget().getName();
            return switch (target) {
                case "java.lang.System.nanoTime", "java.lang.System.currentTimeMillis", "java.lang.Math.random" -> true;
                case "java.util.Random.<init>", "java.util.SplittableRandom.<init>" ->
                    access.getTarget().getFullName().endsWith("()");
                default -> target.startsWith("java.time.") && target.endsWith(".now");
            };
        });
    }

    private static ArchRule needsOnlyTheJdk(String core) {
        return noClasses()
                .that()
                .resideInAPackage(ROOT + core + "..")
                .should()
                .dependOnClassesThat(DescribedPredicate.not(resideInAnyPackage(
                        "java..", "jdk.incubator.vector..", "org.jspecify..", "dev.pagoda.vectors..")))
                .as(core + " needs nothing but the JDK");
    }
}
