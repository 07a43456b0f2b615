package dev.lockstep.cli;

import dev.lockstep.format.Quoted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Token ids on the command line: {@code 1,5,9}, or {@code @FILE} with ids in a file. Commas and white space separate
 * them, and brackets may stand around all, so what {@code tokenize} prints can be read.
 *
 * @param ids the ids, at least one
 */
record TokenList(int[] ids) {
    private static final Pattern SEPARATOR = Pattern.compile("\\s*,\\s*|\\s+");
    private static final long FILE_BYTES_MAX = 1L << 28;

    /**
     * Reads ids, from a file if the text starts with @.
     *
     * @throws IllegalArgumentException if one is no integer, there are none, or the file cannot be read
     */
    static TokenList parse(String text) {
        return new TokenList(text.startsWith("@") ? ids(content(text.substring(1))) : ids(text));
    }

    private static int[] ids(String text) {
        String list = text.strip();
        if (list.startsWith("[") && list.endsWith("]") && list.length() > 1) {
            list = list.substring(1, list.length() - 1).strip();
        }
        if (list.isEmpty()) {
            throw new IllegalArgumentException("there are no token ids");
        }
        return Arrays.stream(SEPARATOR.split(list, -1)).mapToInt(TokenList::id).toArray();
    }

    private static int id(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(Quoted.name(text) + " is not a token id");
        }
    }

    private static String content(String name) {
        try {
            Path file = Path.of(name);
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("there is no file " + Quoted.name(name));
            }
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IllegalArgumentException("file " + Quoted.name(name) + " has " + Files.size(file)
                        + " bytes, the limit is " + FILE_BYTES_MAX);
            }
            // Whatever is not ASCII becomes something that is not a number either, and is refused as such.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("file " + Quoted.name(name) + " cannot be read");
        }
    }

    /** Reads a flag's value. */
    static final class Converter implements ITypeConverter<TokenList> {
        @Override
        public TokenList convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
