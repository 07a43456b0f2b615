package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LicenceHeaderTest {
    private static String without(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int end = LicenceHeader.end(bytes);
        return new String(bytes, end, bytes.length - end, StandardCharsets.UTF_8);
    }

    @Test
    void isTheLeadingCommentThatSpeaksOfALicence() {
        assertThat(without(Texts.LICENCE + "package p;\n")).isEqualTo("package p;\n");
        assertThat(without("\n\n" + Texts.LICENCE + "package p;\n")).isEqualTo("package p;\n");
        assertThat(without("// Copyright 2020 Ä\n// All rights reserved.\n\npackage p;"))
                .isEqualTo("package p;");
    }

    @Test
    void isAllOfThemWhereThereAreSeveral() {
        String reserved = "/*\n * reserved comment block\n * DO NOT REMOVE OR ALTER!\n */\n";
        assertThat(without(reserved + "/*\n * Licensed to somebody under the LICENSE.\n */\n\npackage p;"))
                .isEqualTo("package p;");
        assertThat(without(Texts.LICENCE + "/** Says what the class does. */\nclass C {}"))
                .isEqualTo("/** Says what the class does. */\nclass C {}");
    }

    @Test
    void isNothingElse() {
        for (String text : new String[] {
            "",
            "package p;",
            "/** Says what the class does. */\nclass C {}",
            "package p;\n// Copyright\n",
            "/* copyright without an end",
            "/* Copyright *",
            "/",
            "  \n"
        }) {
            assertThat(without(text)).isEqualTo(text);
        }
    }
}
