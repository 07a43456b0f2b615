package dev.lockstep.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Arrows between modules point one way: cli uses all, bench uses train and engine, train and models use neither. */
class ArchitectureTest {

    private static final String BENCH = "dev.lockstep.bench..";
    private static final String TRAIN = "dev.lockstep.train..";
    private static final String MODELS = "dev.lockstep.models..";
    private static final String CLI = "dev.lockstep.cli..";

    private static JavaClasses all;

    @BeforeAll
    static void importAllModules() {
        all = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.lockstep");
    }

    @Test
    void theEngineUsesNoOtherModule() {
        JavaClasses engine = all.that(not(resideInAnyPackage(BENCH, TRAIN, CLI)));
        assertThat(engine.contain("dev.lockstep.tensor.ElementType"))
                .as("the engine's classes were imported")
                .isTrue();
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(BENCH, TRAIN, CLI))
                .check(engine);
    }

    @Test
    void trainUsesTheEngineAlone() {
        JavaClasses train = all.that(resideInAPackage(TRAIN));
        assertThat(train).as("the train module's classes").isNotEmpty();
        noClasses().should().dependOnClassesThat(resideInAnyPackage(BENCH, CLI)).check(train);
    }

    @Test
    void benchDoesNotUseCli() {
        JavaClasses bench = all.that(resideInAPackage(BENCH));
        assertThat(bench).as("the bench module's classes").isNotEmpty();
        noClasses().should().dependOnClassesThat(resideInAPackage(CLI)).check(bench);
    }

    @Test
    void onlyTheCliUsesTheModels() {
        JavaClasses models = all.that(resideInAPackage(MODELS));
        assertThat(models).as("the models module's classes").isNotEmpty();
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("dev.lockstep..").and(not(resideInAPackage(MODELS))))
                .check(models);
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage(MODELS))
                .check(all.that(not(resideInAnyPackage(CLI, MODELS))));
    }

    @Test
    void noNameSaysNothing() {
        JavaClasses cli = all.that(resideInAPackage(CLI));
        assertThat(cli).as("the cli module's classes").isNotEmpty();
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(all);
    }
}
