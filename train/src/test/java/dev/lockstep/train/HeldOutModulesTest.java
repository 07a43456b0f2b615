package dev.lockstep.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.JdkSource;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.tokenizer.ReferenceEncoder;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real thing at small size: the held-out modules of this JDK's sources, by a vocabulary learnt from a few of them. */
class HeldOutModulesTest {
    private static List<Document> documents;
    private static TrainedVocabulary vocabulary;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void learn() throws IOException {
        JdkSource jdk = JdkSource.ofRunningJdk();
        assumeTrue(Files.exists(jdk.archive()), () -> "skipped: this JDK came without " + jdk.archive());
        documents = new JdkSource(jdk.archive(), JdkSource.HELD_OUT_MODULES)
                .read(Progress.SILENT)
                .heldOut();
        List<Document> some = documents.stream()
                .filter(document -> document.module().equals("java.logging"))
                .toList();
        vocabulary = new TokenizerTrainer(2048, TokenizerTrainer.PRE_DEFAULT, 2).train(some, Progress.SILENT);
        tokenizer = vocabulary.tokenizer();
    }

    @Test
    void areThere() {
        assertThat(documents).hasSizeGreaterThan(100);
        assertThat(documents.stream().map(Document::module).distinct())
                .containsExactlyInAnyOrderElementsOf(JdkSource.HELD_OUT_MODULES);
    }

    @Test
    void everyFileComesBackToTheByte() {
        for (Document document : documents) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int id : tokenizer.encode(document.string(), false)) {
                bytes.writeBytes(tokenizer.bytes(id));
            }
            assertThat(bytes.toByteArray()).as(document.path()).isEqualTo(document.text());
        }
    }

    @Test
    void everyFileIsEncodedAsTheMergesSay() {
        ReferenceEncoder reference = new ReferenceEncoder(vocabulary);
        for (Document document : documents) {
            assertThat(tokenizer.encode(document.string(), false))
                    .as(document.path())
                    .isEqualTo(reference.encode(document.string()));
        }
    }

    @Test
    void areSeveralBytesToAToken() {
        TokenStream stream = TokenStream.of(documents, tokenizer, 2, Progress.SILENT);
        assertThat(stream.bytesPerToken()).isBetween(3.0, 5.0);
    }
}
