package dev.lockstep.text;

import java.util.Random;

/** Text of all kinds of characters, with long and short runs of each, made from a seed. */
final class RandomText {
    private static final String[] GROUPS = {
        "abcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "0123456789",
        " ",
        "\n",
        " \t\r\n\u000B\f\u0085\u00A0\u2003\u2028\u3000",
        ".,;:!?'\"-_()[]{}<>/\\@#$%^&*+=|`~",
        "éßñÀΩяЖ",
        "中文字龥",
        "かなカナ한국",
        "\u0300\u0301\u0591\u0E31",
        "٣५²Ⅳ½",
        "€©→∑",
        "\u0000\u0001\u001F\u007F\u200D\uFEFF\uFFFD\uE000"
    };
    private static final String[] WORDS = {
        "'s",
        "'T",
        "'re",
        "'VE",
        "'ll",
        "😀",
        "🚀",
        "👩\u200D🚀",
        "𐐀",
        "𠀀",
        "\uD800",
        "\uDC00",
        "IMGIMGABZ",
        "<sentinel:12>",
        "▁"
    };

    private RandomText() {}

    /** A text of about 1 to {@code lengthMax} characters. */
    static String of(Random random, int lengthMax) {
        StringBuilder text = new StringBuilder();
        int length = 1 + random.nextInt(lengthMax);
        while (text.length() < length) {
            if (random.nextInt(8) == 0) {
                text.append(WORDS[random.nextInt(WORDS.length)]);
                continue;
            }
            String group = GROUPS[random.nextInt(GROUPS.length)];
            int run = random.nextInt(4) == 0 ? random.nextInt(40) : random.nextInt(6);
            for (int i = 0; i < run; i++) {
                text.append(group.charAt(random.nextInt(group.length())));
            }
        }
        return text.toString();
    }
}
