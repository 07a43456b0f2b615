package dev.lockstep.train.data;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Documents for tests. */
public final class Texts {
    /** The notice that stands in the JDK's files, shortened. */
    public static final String LICENCE = """
            /*
             * Copyright (c) 1997, 2025, Somebody and/or its affiliates. All rights reserved.
             * This code is free software; you can redistribute it and/or modify it
             * under the terms of the GNU General Public License version 2 only.
             */

            """;

    private static final String[] WORDS = {
        "int", "return", "private", "static", "final", "void", "if", "else", "for", "while", "count", "index", "value",
        "name", "buffer", "length", "offset", "size", "next", "key", "map", "list", "node", "left", "right", "item",
        "result", "text", "first", "last", "null", "true", "false", "throw", "new", "this", "super", "class", "public"
    };

    private Texts() {}

    static Document document(String path, String text) {
        return Document.of(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A made-up Java source of this many statements, without a licence; another one for each seed. */
    public static String program(long seed, int statements) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("package p" + seed + ";\n\nclass C" + seed + " {\n");
        for (int i = 0; i < statements; i++) {
            text.append("    ")
                    .append(word(random))
                    .append(' ')
                    .append(word(random))
                    .append(random.nextInt(100));
            text.append(" = ")
                    .append(word(random))
                    .append('.')
                    .append(word(random))
                    .append('(');
            text.append(word(random)).append(");\n");
        }
        return text.append("}\n").toString();
    }

    private static String word(Random random) {
        return WORDS[random.nextInt(WORDS.length)];
    }
}
