package dev.lockstep.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates and conversations that try to take all time or memory; none of these tests waits for a clock. */
class HostileTemplatesTest {
    private static final TemplateLimits SMALL =
            new TemplateLimits(1 << 20, 200, 1_000, 2_000_000, 1 << 20, 1 << 23, 1 << 18);

    private static ChatTemplateException stopped(String template, Map<String, ?> data) {
        ChatTemplateException failure = org.assertj.core.api.Assertions.catchThrowableOfType(
                ChatTemplateException.class,
                () -> ChatTemplate.parse(template, SMALL).render(data));
        assertThat(failure)
                .as(template.substring(0, Math.min(80, template.length())))
                .isNotNull();
        return failure;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
                "{{ 'a' * 10**9 }}",
                "{{ 'a' * 2**62 }}",
                "{{ [0] * 10**9 }}",
                "{{ (0,) * 2**62 }}",
                "{{ range(10**12) }}",
                "{{ range(0 - 2**62, 2**62) | list }}",
                "{% for i in range(10) %}{{ range(99999) | list | length }}{% endfor %}",
                "{{ 'a' | center(10**9) }}",
                "{{ 'a'.ljust(10**12) }}",
                "{{ 'a'.zfill(2**62) }}",
                "{{ 'a\tb'.expandtabs(10**9) }}",
                "{{ 'a\nb' | indent(10**9) }}",
                "{{ 'a\nb\nc' | indent('x' * 1000000) }}",
                "{{ [1] | tojson(indent=10**9) }}",
                "{{ [[[[[1]]]]] | tojson(indent='x' * 1000000) }}",
                "{{ [1] | batch(10**9, 0) | list }}",
                "{{ [1] | slice(10**9) | list }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '%.999999999f' % 1.5 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ '{:.999999999f}'.format(1.5) }}",
                "{{ 1.5 | round(10**9) }}",
                "{{ ('x' * 100000).replace('', 'y' * 1000) }}",
                "{{ ('x' * 1000) | join('y' * 100000) }}",
                "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x=['a']) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=['a']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=['a']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=['a'], y=['a']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
                "{% set ns = namespace(x=['a']) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=('a',)) %}{% for i in range(5000) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}",
                "{% set ns = namespace(x=('a',)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
                "{% set ns = namespace(x=('a',)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {1: 2}[ns.x] }}",
                "{% set ns = namespace(g=[1]) %}{% for i in range(3000) %}{% set ns.g = ns.g | map('int') %}{% endfor %}{{ ns.g | list }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
                "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% for i in range(99999) %}{% for j in range(99999) %}{% if ('a' * 10000) in ('b' * 100000) %}{% endif %}{% endfor %}{% endfor %}",
                "{% set h = 'a' * 500000 %}{% for i in range(9999) %}{{ h.find('a' * 200 ~ 'b') }}{% endfor %}",
                "{% set h = 'a' * 500000 %}{% for i in range(9999) %}{{ h.rfind('b' ~ 'a' * 200) }}{% endfor %}",
                "{{ ('a ' * 400000).split() }}",
                "{% for i in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %}",
            })
    void isStoppedByALimit(String template) {
        ChatTemplateException failure = stopped(template, Map.of());
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(ChatTemplateException.Kind.LIMIT);
        // A thread whose stack is small, or whose code is not compiled yet, may come to its end first.
        assertThat(failure.getMessage())
                .containsAnyOf("limit", "this thread's stack")
                .hasSizeLessThan(300)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "[",
                "{'a':",
                "-",
                "not ",
                "x if ",
                "x|f(",
                "x.y(",
                "x[",
                "1+(",
                "'a'~(",
                "f(*",
                "{1:[(",
                "1 if 1 else "
            })
    void deepExpressionsAreRefused(String opening) {
        ChatTemplateException failure = stopped("{{ " + opening.repeat(100_000) + "1", Map.of());
        assertThat(failure.kind()).isIn(ChatTemplateException.Kind.LIMIT, ChatTemplateException.Kind.SYNTAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+x", "*x", "**x", " and x", " or x", "|upper", ".a", "[0]", "()", " if x"})
    void longChainsAreRefused(String link) {
        ChatTemplateException failure = stopped("{{ x" + link.repeat(100_000) + " }}", Map.of("x", "a"));
        assertThat(failure.kind()).isEqualTo(ChatTemplateException.Kind.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}",
                "{% for a in [1] %}",
                "{% macro m() %}",
                "{% filter upper %}",
                "{% set x %}",
                "{% with %}",
                "{% generation %}",
                "{% if 0 %}{% elif 1 %}",
                "{% if 0 %}{% else %}"
            })
    void deepStatementsAreRefused(String opening) {
        assertThat(stopped(opening.repeat(50_000), Map.of()).kind()).isEqualTo(ChatTemplateException.Kind.LIMIT);
    }

    @Test
    void manyElifsAreAtMostALimit() {
        ChatTemplateException failure = stopped("{% if 0 %}" + "{% elif 0 %}".repeat(50_000) + "{% endif %}", Map.of());
        assertThat(failure.kind()).isEqualTo(ChatTemplateException.Kind.LIMIT);
    }

    @Test
    void aLongSourceIsRefused() {
        assertThat(stopped("x".repeat((1 << 20) + 1), Map.of())).hasMessageContaining("1048577 characters");
        assertThat(ChatTemplate.parse("x".repeat(1 << 20), SMALL)
                        .render(Map.of())
                        .text())
                .hasSize(1 << 20);
    }

    @Test
    void longSourcesOfAnyKindEnd() {
        for (String piece : List.of(
                "{{",
                "{%",
                "{#",
                "}}",
                "{% raw %}",
                "'",
                "\"",
                "\\",
                "{{ '",
                "{",
                "a\n",
                "{{ 1 }}",
                "-%}",
                "{{ 0x",
                "{{ 1_",
                "{{ 'a' ")) {
            try {
                ChatTemplate.parse(piece.repeat((1 << 19) / piece.length()), SMALL)
                        .render(Map.of());
            } catch (ChatTemplateException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    void deepDataAreRefused() {
        Object deep = "x";
        for (int i = 0; i < 100_000; i++) {
            deep = i % 2 == 0 ? List.of(deep) : Map.of("k", deep);
        }
        assertThat(stopped("{{ x }}", Map.of("x", deep)).kind()).isEqualTo(ChatTemplateException.Kind.LIMIT);
    }

    @Test
    void keysWithOneHashAreFastEnough() {
        Map<String, Object> colliding = new HashMap<>();
        List<String> keys = new ArrayList<>(List.of(""));
        for (int i = 0; i < 15; i++) {
            List<String> longer = new ArrayList<>();
            keys.forEach(key -> {
                longer.add(key + "Aa");
                longer.add(key + "BB");
            });
            keys = longer;
        }
        keys.forEach(key -> colliding.put(key, 1L));
        assertThat(ChatTemplate.parse("{{ d | length }}")
                        .render(Map.of("d", colliding))
                        .text())
                .isEqualTo("32768");
    }

    @Test
    void aSmallStackIsEnoughForTheDepthThatIsAllowed() throws InterruptedException {
        String template = "{% macro m(n) %}{% if n %}{% for i in [1] %}{{ [{'a': (m(n - 1) ~ '')}][0]['a'] }}"
                + "{% endfor %}{% endif %}{% endmacro %}{{ m(1000000) }}";
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        ChatTemplate.parse(template).render(Map.of());
                    } catch (Throwable e) {
                        thrown.set(e);
                    }
                },
                "small stack",
                1 << 20);
        thread.start();
        thread.join();
        assertThat(thrown.get())
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("limit of " + TemplateLimits.DEFAULT.depth() + " levels");
    }

    @Test
    void aThreadWithoutStackGetsAFailureToo() throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        TemplateLimits deep = new TemplateLimits(1 << 20, 1 << 20, 1 << 30, 1L << 40, 1 << 20, 1 << 20, 1 << 20);
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        ChatTemplate.parse("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", deep)
                                .render(Map.of());
                    } catch (Throwable e) {
                        thrown.set(e);
                    }
                },
                "smallest stack",
                1 << 18);
        thread.start();
        thread.join();
        assertThat(thrown.get()).isInstanceOf(ChatTemplateException.class).hasMessageContaining("stack");
    }

    @Test
    void limitsMustBePositive() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> new TemplateLimits(1, 1, 1, 0, 1, 1, 1));
    }
}
