package dev.lockstep;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The engine's house rules: arrows between packages point one way, and nothing but the JDK is used. */
class ArchitectureTest {

    private static final String ROOT = "dev.lockstep.";

    /** A package may use those before it. A package that is not listed here has no place in the engine yet. */
    private static final List<String> ORDER =
            List.of("tensor", "format", "text", "kernel", "cache", "model", "sample", "trace", "plan", "engine");

    private static JavaClasses engine;

    @BeforeAll
    static void importEngine() {
        engine = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.lockstep");
        assertThat(engine.contain("dev.lockstep.tensor.ElementType"))
                .as("the engine's classes were imported")
                .isTrue();
    }

    @Test
    void everyClassIsInAListedPackage() {
        assertThat(engine.stream().map(ArchitectureTest::packageOf).collect(Collectors.toSet()))
                .isSubsetOf(ORDER);
    }

    @Test
    void aPackageUsesOnlyThoseBeforeIt() {
        List<String> wrongWay = engine.stream()
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
    void theEngineUsesNothingButTheJdk() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.lockstep..", "java..", "jdk..")
                .check(engine);
    }

    @Test
    void noNameSaysNothing() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(engine);
    }

    /** The first part of a class's package below {@code dev.lockstep}. */
    private static String packageOf(JavaClass type) {
        return type.getPackageName().substring(ROOT.length()).replaceFirst("\\..*", "");
    }
}
