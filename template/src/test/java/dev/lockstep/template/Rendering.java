package dev.lockstep.template;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.LocalDateTime;
import java.util.Map;

/** What a template makes of some variables. */
final class Rendering {
    static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");

    private Rendering() {}

    static String of(String template) {
        return of(template, Map.of());
    }

    static String of(String template, Map<String, ?> data) {
        return ChatTemplate.parse(template)
                .render(TemplateArguments.ofData(data).withNow(NOW))
                .text();
    }

    /** The failure of a template that must fail, be it when it is read or when it is rendered. */
    static ChatTemplateException failure(String template, Map<String, ?> data) {
        ChatTemplateException failure = catchThrowableOfType(ChatTemplateException.class, () -> of(template, data));
        if (failure == null) {
            throw new AssertionError("the template did not fail: " + template);
        }
        return failure;
    }

    static ChatTemplateException failure(String template) {
        return failure(template, Map.of());
    }
}
