package dev.lockstep.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The server's house rules: arrows between packages point one way, and each library is known in few places. */
class ArchitectureTest {
    private static final String ROOT = "dev.lockstep.server";

    /** A package may use those before it; the last is the root. */
    private static final List<String> ORDER = List.of("error", "json", "access", "metrics", "http", "api", "");

    private static JavaClasses all;
    private static JavaClasses server;

    @BeforeAll
    static void importClasses() {
        all = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.lockstep");
        server = all.that(resideInAPackage(ROOT + ".."));
        assertThat(server.contain(LockstepServer.class))
                .as("the server's classes were imported")
                .isTrue();
    }

    @Test
    void everyClassIsInAListedPackage() {
        assertThat(server.stream().map(ArchitectureTest::packageOf).collect(Collectors.toSet()))
                .isSubsetOf(ORDER);
    }

    @Test
    void aPackageUsesOnlyThoseBeforeIt() {
        List<String> wrongWay = server.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(arrow -> arrow.getTargetClass().getPackageName().startsWith(ROOT))
                .filter(arrow -> ORDER.indexOf(packageOf(arrow.getTargetClass()))
                        > ORDER.indexOf(packageOf(arrow.getOriginClass())))
                .map(arrow -> arrow.getDescription())
                .toList();
        assertThat(wrongWay)
                .as("uses of a later package, in the order " + ORDER)
                .isEmpty();
    }

    @Test
    void noPackagesUseEachOther() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(server);
    }

    @Test
    void theEngineKnowsNothingOfTheServerAndItsLibraries() {
        JavaClasses engine = all.that(not(resideInAPackage(ROOT + "..")));
        assertThat(engine.contain("dev.lockstep.engine.Engine"))
                .as("the engine's classes were imported")
                .isTrue();
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        ROOT + "..",
                        "org.eclipse.jetty..",
                        "tools.jackson..",
                        "com.fasterxml.jackson..",
                        "io.micrometer..",
                        "io.prometheus..",
                        "io.opentelemetry..")
                .check(engine);
    }

    @Test
    void onlyMetricsKnowHowTheyAreKept() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..")
                .check(server);
    }

    @Test
    void endpointsKnowNothingOfJetty() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".api..", ROOT + ".json..", ROOT + ".error..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(server);
    }

    @Test
    void noNameSaysNothing() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(server);
    }

    /** The first part of a class's package below the root; empty for the root itself. */
    private static String packageOf(JavaClass type) {
        return type.getPackageName()
                .substring(ROOT.length())
                .replaceFirst("^\\.", "")
                .replaceFirst("\\..*", "");
    }
}
