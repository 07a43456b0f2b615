package dev.lockstep.train;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The module's house rules: it uses the engine and the JDK, and of its own packages only those that come before. */
class ArchitectureTest {
    private static final String ROOT = "dev.lockstep.train";
    private static final String DATA = "dev.lockstep.train.data";
    private static final String TOKENIZER = "dev.lockstep.train.tokenizer";
    private static final String PREPARED = "dev.lockstep.train.prepared";

    private static JavaClasses train;

    @BeforeAll
    static void importTrain() {
        train = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ROOT);
        assertThat(train.contain("dev.lockstep.train.data.Corpus"))
                .as("the module's classes were imported")
                .isTrue();
    }

    @Test
    void usesTheEngineAndTheJdkOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.lockstep..", "java..", "jdk..")
                .check(train);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.lockstep.cli..", "dev.lockstep.bench..")
                .check(train);
    }

    @Test
    void whatAllUseUsesNothing() {
        noClasses()
                .that()
                .belongToAnyOf(Parallel.class, Progress.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.lockstep.train.*..")
                .check(train);
    }

    @Test
    void usesOnlyWhatComesBefore() {
        noClasses()
                .that()
                .resideInAPackage(DATA)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(TOKENIZER, PREPARED)
                .check(train);
        noClasses()
                .that()
                .resideInAPackage(TOKENIZER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(PREPARED)
                .check(train);
    }

    @Test
    void theCoreIsLayeredToo() {
        mustNotUse(ROOT + ".model", DATA, TOKENIZER, PREPARED, ROOT + ".objective", ROOT + ".optimise", ROOT + ".run");
        mustNotUse(ROOT + ".objective", DATA, TOKENIZER, PREPARED, ROOT + ".optimise", ROOT + ".run");
        mustNotUse(ROOT + ".optimise", DATA, TOKENIZER, PREPARED, ROOT + ".objective", ROOT + ".run");
        for (String data : new String[] {DATA, TOKENIZER, PREPARED}) {
            mustNotUse(data, ROOT + ".report", ROOT + ".model", ROOT + ".objective", ROOT + ".optimise", ROOT + ".run");
        }
    }

    @Test
    void reportsComeLast() {
        mustNotUse(ROOT + ".run", ROOT + ".report");
        mustNotUse(ROOT + ".model", ROOT + ".report");
        mustNotUse(ROOT + ".objective", ROOT + ".report");
        mustNotUse(ROOT + ".optimise", ROOT + ".report");
    }

    @Test
    void finishedModelsAreMeasuredFromOutside() {
        for (String name : new String[] {"data", "tokenizer", "prepared", "model", "objective", "optimise", "run"}) {
            mustNotUse(ROOT + "." + name, ROOT + ".evaluate");
        }
    }

    private static void mustNotUse(String one, String... noneOf) {
        noClasses()
                .that()
                .resideInAPackage(one)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(noneOf)
                .check(train);
    }

    @Test
    void noNameSaysNothing() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(train);
    }
}
