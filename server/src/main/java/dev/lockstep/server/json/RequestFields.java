package dev.lockstep.server.json;

import dev.lockstep.server.error.ApiException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a JSON object that a client sent, each asked for by name, kind and range. A field that is null counts as not
 * there; fields that nobody asks for do not matter. All complaints are 400 and name the field, its value and what is allowed.
 */
public final class RequestFields {
    private final ObjectNode object;
    private final String path;

    RequestFields(ObjectNode object) {
        this(object, "");
    }

    private RequestFields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** Where a field is, as messages name it. */
    public String path(String name) {
        return path + name;
    }

    /** A complaint about a field. */
    public ApiException invalid(String name, String message) {
        return ApiException.invalid(path(name), "'" + path(name) + "' " + message);
    }

    /** Whether there is a field. */
    public boolean has(String name) {
        return value(name) != null;
    }

    /** The field as it came, or null. */
    public JsonNode value(String name) {
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /** All of the object. */
    public ObjectNode object() {
        return object;
    }

    /** A text, or empty. */
    public Optional<String> string(String name) {
        JsonNode node = value(name);
        return node == null ? Optional.empty() : Optional.of(string(node, name));
    }

    /** A text that must be there. */
    public String requiredString(String name) {
        return string(name).orElseThrow(() -> missing(name));
    }

    /** The complaint that a field is missing. */
    public ApiException missing(String name) {
        return ApiException.invalid(path(name), "missing_required_parameter", "'" + path(name) + "' is missing");
    }

    private String string(JsonNode node, String name) {
        if (!node.isString()) {
            throw invalid(name, "is " + Json.quoted(node) + ", but a string is needed");
        }
        String text = node.stringValue();
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw invalid(name, "has half of a surrogate pair, which is no text");
        }
        return text;
    }

    /** A truth value. */
    public boolean bool(String name, boolean otherwise) {
        JsonNode node = value(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            throw invalid(name, "is " + Json.quoted(node) + ", but true or false is needed");
        }
        return node.booleanValue();
    }

    /** A whole number in a range, or empty. */
    public OptionalLong integer(String name, long min, long max) {
        JsonNode node = value(name);
        return node == null ? OptionalLong.empty() : OptionalLong.of(integer(node, name, min, max));
    }

    /** A whole number in a range. */
    public int integer(String name, int otherwise, int min, int max) {
        return (int) integer(name, min, max).orElse(otherwise);
    }

    private long integer(JsonNode node, String name, long min, long max) {
        if (!isWhole(node)) {
            throw invalid(name, "is " + Json.quoted(node) + ", but a whole number is needed" + range(min, max));
        }
        // Longer than any number that is allowed, and exact.
        BigDecimal number = node.decimalValue();
        if (number.compareTo(BigDecimal.valueOf(min)) < 0 || number.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw invalid(name, "is " + Json.quoted(node) + ", allowed are " + min + " to " + max);
        }
        return number.longValueExact();
    }

    private static boolean isWhole(JsonNode node) {
        if (!node.isNumber()) {
            return false;
        }
        if (node.isIntegralNumber()) {
            return true;
        }
        double value = node.doubleValue();
        return Math.rint(value) == value && Math.abs(value) < 1L << 53;
    }

    private static String range(long min, long max) {
        return min == Long.MIN_VALUE ? "" : ", " + min + " to " + max;
    }

    /** A number from {@code min} to {@code max}. */
    public double number(String name, double otherwise, double min, double max) {
        JsonNode node = value(name);
        return node == null ? otherwise : number(node, name, min, max);
    }

    /** A number above {@code min} and at most {@code max}. */
    public double numberAbove(String name, double otherwise, double min, double max) {
        double number = number(name, otherwise, min, max);
        if (number == min) {
            throw invalid(name, "is " + plain(number) + ", allowed is above " + plain(min) + " to " + plain(max));
        }
        return number;
    }

    private double number(JsonNode node, String name, double min, double max) {
        if (!node.isNumber()) {
            throw invalid(
                    name, "is " + Json.quoted(node) + ", but a number is needed, " + plain(min) + " to " + plain(max));
        }
        double number = node.doubleValue();
        if (!(number >= min && number <= max)) {
            throw invalid(name, "is " + Json.quoted(node) + ", allowed are " + plain(min) + " to " + plain(max));
        }
        return number;
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** An object inside this one, or empty. */
    public Optional<RequestFields> nested(String name) {
        JsonNode node = value(name);
        if (node == null) {
            return Optional.empty();
        }
        if (!(node instanceof ObjectNode inner)) {
            throw invalid(name, "is " + Json.quoted(node) + ", but an object is needed");
        }
        return Optional.of(new RequestFields(inner, path(name) + "."));
    }

    /** The objects of an array, or an empty list. */
    public List<RequestFields> objects(String name, int countMax) {
        List<RequestFields> objects = new ArrayList<>();
        for (JsonNode node : array(name, countMax)) {
            String place = name + "[" + objects.size() + "]";
            if (!(node instanceof ObjectNode inner)) {
                throw invalid(place, "is " + Json.quoted(node) + ", but an object is needed");
            }
            objects.add(new RequestFields(inner, path(place) + "."));
        }
        return objects;
    }

    /** A text, or an array of them; empty without the field. */
    public List<String> strings(String name, int countMax) {
        JsonNode node = value(name);
        if (node == null) {
            return List.of();
        }
        if (node.isString()) {
            return List.of(string(node, name));
        }
        List<String> strings = new ArrayList<>();
        for (JsonNode element : array(name, countMax)) {
            strings.add(string(element, name + "[" + strings.size() + "]"));
        }
        return strings;
    }

    /** Whole numbers of an array. */
    public int[] integers(String name, int countMax, int min, int max) {
        return integers(array(name, countMax), name, min, max);
    }

    /** Whole numbers of an array that is inside of field {@code name}. */
    public int[] integers(Iterable<JsonNode> elements, String name, int min, int max) {
        List<Integer> integers = new ArrayList<>();
        for (JsonNode element : elements) {
            integers.add((int) integer(element, name + "[" + integers.size() + "]", min, max));
        }
        return integers.stream().mapToInt(Integer::intValue).toArray();
    }

    private Iterable<JsonNode> array(String name, int countMax) {
        JsonNode node = value(name);
        if (node == null) {
            return List.of();
        }
        if (!node.isArray()) {
            throw invalid(name, "is " + Json.quoted(node) + ", but an array is needed");
        }
        if (node.size() > countMax) {
            throw invalid(name, "has " + node.size() + " elements, allowed are at most " + countMax);
        }
        return node;
    }

    /** The fields of an object whose names are data, each a number from {@code min} to {@code max}. */
    public Map<String, Double> numbers(String name, int countMax, double min, double max) {
        return nested(name)
                .map(inner -> inner.allNumbers(name, countMax, min, max))
                .orElse(Map.of());
    }

    private Map<String, Double> allNumbers(String name, int countMax, double min, double max) {
        if (object.size() > countMax) {
            throw ApiException.invalid(
                    name, "'" + name + "' has " + object.size() + " fields, allowed are at most " + countMax);
        }
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            numbers.put(field.getKey(), number(field.getValue(), field.getKey(), min, max));
        }
        return numbers;
    }
}
