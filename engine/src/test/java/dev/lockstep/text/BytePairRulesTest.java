package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BytePairRulesTest {
    private static BytePairRules rules(String name) {
        return BytePairRules.named(name).orElseThrow();
    }

    @Test
    void cutTextAsTheTokenizerDoes() {
        assertThat(rules("gpt-2").wordEnds("int a1;\n    return")).containsExactly(3, 5, 6, 7, 11, 18);
        assertThat(rules("qwen2").wordEnds("list.add(x);\n")).containsExactly(4, 8, 10, 13);
        assertThat(rules("gpt-2").wordEnds("")).isEmpty();
    }

    @Test
    void everyNameIsKnownAndNoOther() {
        assertThat(BytePairRules.names())
                .contains("gpt-2", "llama-bpe")
                .allSatisfy(name -> assertThat(rules(name).name()).isEqualTo(name));
        assertThat(BytePairRules.named("gpt-3")).isEmpty();
    }

    @Test
    void spellEachByteAsOneCharacter() {
        byte[] bytes = " é\n".getBytes(StandardCharsets.UTF_8);
        assertThat(BytePairRules.piece(bytes)).isEqualTo("ĠÃ©Ċ");
    }

    @Test
    void knowThePiecesThatSteerModels() {
        assertThat(new String[] {"</s>", "<|endoftext|>", "<|im_end|>", "<|fim_prefix|>", "[PAD]", "<|eom_id|>"})
                .allMatch(BytePairRules::isReserved);
        assertThat(new String[] {"", "s", "</", "<b>"}).noneMatch(BytePairRules::isReserved);
    }
}
