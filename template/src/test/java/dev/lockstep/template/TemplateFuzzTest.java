package dev.lockstep.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Golden templates with random changes: whatever comes of them, it is a text or a {@link ChatTemplateException}. */
class TemplateFuzzTest {
    private static final int ROUNDS = Integer.getInteger("lockstep.fuzzRounds", 3_000);
    private static final TemplateLimits LIMITS =
            new TemplateLimits(1 << 20, 200, 1_000, 200_000, 1 << 20, 1 << 22, 1 << 16);
    private static final List<String> PIECES = List.of(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "-%}",
            "{%-",
            "{{-",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "|",
            ".",
            ",",
            "'",
            "\"",
            "~",
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
            "==",
            "<",
            " is ",
            " in ",
            " not ",
            " and ",
            " or ",
            " if ",
            " else ",
            "endfor",
            "endif",
            "{% endif %}",
            "{% endfor %}",
            "{% for x in messages %}",
            "{% set x = messages %}",
            "loop.last",
            "messages",
            "tools",
            "none",
            "[::-1]",
            "99999999999",
            "1e308",
            "0",
            "|tojson",
            "|list",
            "|map('x')",
            ".items()",
            "namespace(",
            "caller()",
            "recursive",
            "\\",
            "\n",
            "\uD83D",
            "é",
            "{% raw %}",
            "{% endraw %}",
            "{% break %}",
            "{% macro m(a, b=1) %}",
            "{% endmacro %}",
            "{% call m() %}",
            "{% generation %}");

    @Test
    void changedTemplatesEndInATextOrOneSentence() {
        long seed = Long.getLong("lockstep.seed", new Random().nextLong());
        System.out.println("TemplateFuzzTest: -Dlockstep.seed=" + seed);
        Random random = new Random(seed);
        List<String> sources =
                GoldenTemplates.names().stream().map(GoldenTemplates::source).toList();
        List<Object> conversations =
                new ArrayList<>(GoldenTemplates.conversations().values());
        int rendered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String source = changed(sources.get(random.nextInt(sources.size())), random);
            @SuppressWarnings("unchecked")
            Map<String, Object> conversation =
                    (Map<String, Object>) conversations.get(random.nextInt(conversations.size()));
            rendered += renders(source, conversation, seed, round) ? 1 : 0;
        }
        assertThat(rendered).as("templates that still render").isBetween(ROUNDS / 100, ROUNDS - ROUNDS / 20);
    }

    private static boolean renders(String source, Map<String, Object> conversation, long seed, int round) {
        try {
            RenderedPrompt prompt = ChatTemplate.parse(source, LIMITS)
                    .render(TemplateArguments.ofData(conversation)
                            .withTrusted("bos_token", "<s>")
                            .withNow(Rendering.NOW));
            assertThat(prompt.text()).isNotNull();
            return true;
        } catch (ChatTemplateException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        } catch (RuntimeException | Error e) {
            return fail("seed " + seed + ", round " + round + ", template:\n" + source, e);
        }
    }

    private static String changed(String source, Random random) {
        StringBuilder changed = new StringBuilder(source);
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(changed.length() + 1);
            int end = Math.min(changed.length(), at + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> changed.delete(at, end);
                case 1 -> changed.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> changed.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
                case 3 -> changed.insert(random.nextInt(changed.length() + 1), changed.substring(at, end));
                default -> moved(changed, random);
            }
        }
        return changed.toString();
    }

    /** Puts a piece of a word's size in the place of another, which tends to keep the template valid. */
    private static void moved(StringBuilder changed, Random random) {
        String[] words = changed.toString().split("(?<=\\W)|(?=\\W)");
        if (words.length > 2) {
            words[random.nextInt(words.length)] = words[random.nextInt(words.length)];
            changed.setLength(0);
            changed.append(String.join("", words));
        }
    }
}
