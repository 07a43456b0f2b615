package dev.lockstep.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small templates over awkward values, each with what Python's Jinja2 3.1.6 makes of it in the setting of chat templates:
 * first statements and white space, then one operator, filter, test or method each.
 */
class LanguageTest {
    /** @param text what comes out, or null if it must fail */
    record Case(String template, Map<String, ?> variables, String text) {
        @Override
        public String toString() {
            return template;
        }
    }

    static List<Case> cases() throws java.io.IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream in = LanguageTest.class.getResourceAsStream("jinja.json")) {
            for (Object group : GoldenTemplates.JSON.readValue(in, List.class)) {
                Map<?, ?> variables = (Map<?, ?>) ((Map<?, ?>) group).get("variables");
                for (Object one : (List<?>) ((Map<?, ?>) group).get("cases")) {
                    Map<?, ?> fields = (Map<?, ?>) one;
                    cases.add(new Case((String) fields.get("template"), named(variables), (String) fields.get("text")));
                }
            }
        }
        return cases;
    }

    private static Map<String, ?> named(Map<?, ?> variables) {
        Map<String, Object> named = new java.util.LinkedHashMap<>();
        variables.forEach((name, value) -> named.put((String) name, value));
        return named;
    }

    @Test
    void thereAreMany() throws java.io.IOException {
        assertThat(cases()).hasSizeGreaterThan(700);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void meansWhatItMeansInPython(Case one) {
        if (one.text() == null) {
            assertThat(Rendering.failure(one.template(), one.variables()).getMessage())
                    .isNotBlank()
                    .doesNotContain("\n");
        } else {
            assertThat(Rendering.of(one.template(), one.variables())).isEqualTo(one.text());
        }
    }

    @Test
    void errorsNameTheLineAndWhatIsWrong() {
        assertThat(Rendering.failure("a\n{{ x }}\n{% if y = 1 %}"))
                .hasMessageContaining("line 3")
                .hasMessageContaining("'='");
        assertThat(Rendering.failure("\n\n{% for a in b %}")).hasMessageContaining("endfor");
        assertThat(Rendering.failure("{{ x $ y }}")).hasMessageContaining("'$'");
        assertThat(Rendering.failure("{{ 1\n+\n'a }}"))
                .hasMessageContaining("line 3")
                .hasMessageContaining("'a");
        assertThat(Rendering.failure("{% fly %}")).hasMessageContaining("'fly'");
        assertThat(Rendering.failure("{% include 'x' %}")).hasMessageContaining("not supported");
        assertThat(Rendering.failure("\n{{ x | fly }}"))
                .hasMessageContaining("line 2")
                .hasMessageContaining("'fly'");
        assertThat(Rendering.failure("\n{{ x.y }}"))
                .hasMessageContaining("line 2")
                .hasMessageContaining("'x' is undefined");
        assertThat(Rendering.failure("{{ 2**63 }}")).hasMessageContaining("64 bits");
        assertThat(Rendering.failure("{{ 9223372036854775808 }}")).hasMessageContaining("64 bits");
        assertThat(Rendering.failure("{{ [].append(1) }}")).hasMessageContaining("'append'");
        ChatTemplateException refused = Rendering.failure("{{ raise_exception('no ' ~ 'tools') }}");
        assertThat(refused.kind()).isEqualTo(ChatTemplateException.Kind.REFUSED);
        assertThat(refused.reason()).isEqualTo("no tools");
    }
}
