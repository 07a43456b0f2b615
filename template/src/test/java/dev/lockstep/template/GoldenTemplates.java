package dev.lockstep.template;

import dev.lockstep.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The templates of published models, and what Python's Jinja made of them. */
final class GoldenTemplates {
    /** A template, a conversation, and the text that must come out; null if it must fail. */
    record Case(String template, String name, Map<String, Object> conversation, String text) {
        @Override
        public String toString() {
            return template + ": " + name;
        }
    }

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_LONG_FOR_INTS)
            .build();

    private GoldenTemplates() {}

    /** The names of all templates. */
    static List<String> names() {
        try (Stream<Path> files = Files.list(Golden.path("chat-templates"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jinja"))
                    .map(name -> name.substring(0, name.length() - ".jinja".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String source(String name) {
        try {
            return Files.readString(Golden.path("chat-templates/" + name + ".jinja"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Case> cases() {
        Map<String, Object> conversations = conversations();
        List<Case> cases = new ArrayList<>();
        for (String name : names()) {
            read("chat-templates/" + name + ".json").forEach((key, expected) -> {
                Object text = object(expected).get("text");
                cases.add(new Case(name, key, object(conversations.get(key)), (String) text));
            });
        }
        return cases;
    }

    /** Conversations by name. */
    static Map<String, Object> conversations() {
        return object(read("chat-templates/_cases.json").get("cases"));
    }

    /** What the golden renderings were made with. */
    static TemplateArguments arguments(Map<String, Object> conversation) {
        Map<String, Object> all = read("chat-templates/_cases.json");
        return TemplateArguments.ofData(conversation)
                .withTrusted("bos_token", all.get("bos_token"))
                .withTrusted("eos_token", all.get("eos_token"))
                .withNow(LocalDateTime.parse((String) all.get("now")));
    }

    private static Map<String, Object> read(String relative) {
        return object(JSON.readValue(Golden.path(relative), Object.class));
    }

    private static Map<String, Object> object(Object json) {
        Map<String, Object> object = new LinkedHashMap<>();
        ((Map<?, ?>) json).forEach((key, value) -> object.put((String) key, value));
        return object;
    }
}
