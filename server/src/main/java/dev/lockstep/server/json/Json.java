package dev.lockstep.server.json;

import dev.lockstep.server.error.ApiException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads bodies strictly and writes records, whose components become fields in snake case and in their order.
 *
 * <p>Strictly means: UTF-8 and nothing else, every field once, no text behind the value, no NaN, at most
 * {@value #DEPTH_MAX} levels, no number longer than {@value #NUMBER_LENGTH_MAX} characters.
 */
public final class Json {
    /** Most levels of objects and arrays inside each other. */
    public static final int DEPTH_MAX = 64;

    private static final int NUMBER_LENGTH_MAX = 100;
    private static final int NAME_LENGTH_MAX = 1_000;
    private static final int QUOTED_MAX = 80;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxNumberLength(NUMBER_LENGTH_MAX)
                            .maxNameLength(NAME_LENGTH_MAX)
                            // Bodies are bounded before they are read, and with them all of their strings.
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private Json() {}

    /**
     * The fields of a body.
     *
     * @throws ApiException 400 if it is not one JSON object in UTF-8, within the limits
     */
    public static RequestFields fields(byte[] body) {
        JsonNode node = node(text(body));
        if (!(node instanceof ObjectNode object)) {
            throw ApiException.invalid(null, "the body is " + kind(node) + ", but a JSON object is needed");
        }
        return new RequestFields(object);
    }

    private static String text(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ApiException.invalid(null, "invalid_encoding", "the body is not valid UTF-8");
        }
    }

    private static JsonNode node(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node == null || node.isMissingNode()) {
                throw ApiException.invalid(null, "invalid_json", "the body is empty, but a JSON object is needed");
            }
            return node;
        } catch (StreamConstraintsException e) {
            throw ApiException.invalid(
                    null, "invalid_json", "the body is over a limit of its JSON: " + firstLine(e.getOriginalMessage()));
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            String place = at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw ApiException.invalid(
                    null, "invalid_json", "the body is not JSON" + place + ": " + firstLine(e.getOriginalMessage()));
        }
    }

    private static String firstLine(String message) {
        String line = printable(message.lines().findFirst().orElse(""));
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }

    /** A value as JSON, in bytes. */
    public static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /** What kind of value it is, with its article. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            default -> "null";
        };
    }

    /** A value as an error message names it: at most {@value #QUOTED_MAX} printable characters. */
    static String quoted(JsonNode node) {
        if (node.isContainer()) {
            return kind(node);
        }
        String text = node.isString() ? node.stringValue() : node.asString();
        String shortened = text.length() <= QUOTED_MAX ? text : text.substring(0, QUOTED_MAX) + "…";
        return node.isString() ? "'" + printable(shortened) + "'" : printable(shortened);
    }

    /** The text with nothing that could break a line or a client's encoding. */
    private static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '\uFFFD' : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
