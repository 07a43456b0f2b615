package dev.lockstep.cli;

import dev.lockstep.format.Quoted;
import dev.lockstep.template.TemplateArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The variables of a template, as a JSON object.
 *
 * @param variables by name, as Java has JSON's values: integers are longs, other numbers doubles
 */
record TemplateRequest(Map<String, Object> variables) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_LONG_FOR_INTS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Reads a file, or standard input if the file is called {@code -}. */
    static TemplateRequest read(Path file, InputStream standardInput) throws IOException {
        boolean fromInput = file.toString().equals("-");
        String text = fromInput ? new StandardInput(standardInput).all() : text(file, "request");
        String name = fromInput ? "the request on standard input" : "the request " + Quoted.name(file.toString());
        try {
            if (MAPPER.readValue(text, Object.class) instanceof Map<?, ?> object) {
                Map<String, Object> variables = new LinkedHashMap<>();
                object.forEach((key, value) -> variables.put((String) key, value));
                return new TemplateRequest(variables);
            }
        } catch (JacksonException e) {
            throw new IOException(name + " is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new IOException(name + " is not a JSON object");
    }

    /** The whole text of a file in UTF-8. */
    static String text(Path file, String what) throws IOException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new UsageException("there is no " + what + " file " + Quoted.name(file.toString()));
        }
        if (Files.size(file) > StandardInput.TEXT_BYTES_MAX) {
            throw new IOException("the " + what + " " + Quoted.name(file.toString()) + " is longer than the limit of "
                    + StandardInput.TEXT_BYTES_MAX + " bytes");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IOException("the " + what + " " + Quoted.name(file.toString()) + " is not UTF-8", e);
        }
    }

    /** The arguments with these variables; texts of those that are called a token count as the template's. */
    TemplateArguments addTo(TemplateArguments arguments) {
        TemplateArguments all = arguments;
        for (Map.Entry<String, Object> variable : variables.entrySet()) {
            boolean trusted = variable.getKey().endsWith("_token") && variable.getValue() instanceof String;
            all = trusted
                    ? all.withTrusted(variable.getKey(), variable.getValue())
                    : all.withData(variable.getKey(), variable.getValue());
        }
        return all;
    }
}
