package dev.lockstep.text;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The pre-tokenizers that model files name by {@code tokenizer.ggml.pre}.
 *
 * <p>Each comes from the {@code tokenizer.json} that its model was published with, in the form that llama.cpp gives it
 * (file {@code src/llama-vocab.cpp}): files in GGUF are made for that form, and where the two differ
 * this follows llama.cpp. The differences that matter are told beside the pattern.
 * Categories of characters are those of the JDK's version of Unicode, which may know a few characters more.
 *
 * <p><b>Time and stack.</b> Every pattern is an alternation of short sequences of character classes. A repetition of
 * one class is a loop inside the regular expression engine and takes no stack; a repetition of a group takes stack
 * for each round unless it is possessive, so it is. Nothing is matched from each place up to the end of a run: where
 * the published pattern does, it is rewritten, or is a {@link DigitSplitter}.
 *
 * <p>Not here are the names of vocabularies that are not byte-level ({@code gemma4}, {@code granite-embed-multi-311m},
 * {@code sarvam-moe}, {@code whitespace}).
 */
final class PreTokenizers {
    /** The name that stands for a file that names none. */
    static final String DEFAULT = "default";

    private static final String NUMBERS = "\\p{N}++";
    private static final String NUMBER = "\\p{N}";
    private static final String THREE_DIGITS = "[0-9][0-9][0-9]";

    private static final String GPT_2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s+(?!\\S)|\\s";

    private static final String CONTRACTION = "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])";
    private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}++";
    private static final String WORD_WITH_MARKS = "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+";
    private static final String SYMBOLS = " ?[^\\s\\p{L}\\p{N}]++";
    private static final String SPACES = "\\s+(?!\\S)|\\s";
    private static final String LINES_AND_SPACES = "\\s*[\\r\\n]++|" + SPACES;

    private static final String LLAMA_3 =
            CONTRACTION + "|" + WORD + "|\\p{N}{1,3}|" + SYMBOLS + "[\\r\\n]*+|" + LINES_AND_SPACES;
    private static final String QWEN_2 =
            CONTRACTION + "|" + WORD + "|\\p{N}|" + SYMBOLS + "[\\r\\n]*+|" + LINES_AND_SPACES;
    private static final String QWEN_3_5 =
            CONTRACTION + "|" + WORD_WITH_MARKS + "|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]++[\\r\\n]*+|" + LINES_AND_SPACES;
    private static final String MINICPM_5 =
            CONTRACTION + "|" + WORD + "|\\p{N}++|" + SYMBOLS + "[\\r\\n]*+|" + LINES_AND_SPACES;
    private static final String SEED_CODER =
            CONTRACTION + "|" + WORD + "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]++|" + LINES_AND_SPACES;
    private static final String BAILING =
            CONTRACTION + "|" + WORD + "|\\p{N}|" + SYMBOLS + "[\\r\\n]*+|\\s*[\\r\\n]|" + SPACES;
    private static final String UFAKZEKA = WORD + "|\\p{N}|" + SYMBOLS + "[\\r\\n]*+|" + LINES_AND_SPACES;

    /** A letter, then letters, marks, and single spaces before a letter: words of a phrase are not cut apart. */
    private static final String EXAONE_MOE = CONTRACTION
            + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}(?:[\\p{L}\\p{M}]| (?=\\p{L}))*+|\\p{N}|" + SYMBOLS
            + "[\\r\\n/]?|\\s*[\\r\\n]|" + SPACES;

    private static final String HAN = "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\x{20000}-\\x{2A6DF}\\x{2A700}-\\x{2B73F}"
            + "\\x{2B740}-\\x{2B81F}\\x{2B820}-\\x{2CEAF}\\x{2CEB0}-\\x{2EBEF}\\uF900-\\uFAFF\\x{2F800}-\\x{2FA1F}]";

    /** As published this also cuts before an upper-case letter that follows lower-case ones; llama.cpp does not. */
    private static final String KIMI_K2 = HAN + "++|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}&&[^" + HAN + "]]++(?:" + CONTRACTION
            + ")?|\\p{N}{1,3}|" + SYMBOLS + "[\\r\\n]*+|" + LINES_AND_SPACES;

    /**
     * Words of one case change: upper-case letters, then lower-case ones. Only a to z count as lower-case and A to Z as
     * upper-case, all other letters as both; as published every letter has its own case.
     */
    private static final String CASED_WORD = casedWord("\\p{L}", "");

    private static final String CASED_WORD_CONTRACTED = casedWord("\\p{L}", "(?:" + CONTRACTION + ")?");
    private static final String CASED_MARKED_WORD_CONTRACTED = casedWord("\\p{L}\\p{M}", "(?:" + CONTRACTION + ")?");

    private static final String TEKKEN = CASED_WORD + "|\\p{N}|" + SYMBOLS + "[\\r\\n/]*+|" + LINES_AND_SPACES;
    private static final String GPT_4O =
            CASED_WORD_CONTRACTED + "|\\p{N}{1,3}|" + SYMBOLS + "[\\r\\n/]*+|" + LINES_AND_SPACES;
    private static final String GRANITE_EMBEDDING =
            CASED_MARKED_WORD_CONTRACTED + "|\\p{N}{1,3}|" + SYMBOLS + "[\\r\\n/]*+|" + LINES_AND_SPACES;

    /** As published this tells the cases of letters apart like {@link #GPT_4O}; llama.cpp does not. */
    private static final String MARKED_WORD_CONTRACTED = WORD_WITH_MARKS + "(?:" + CONTRACTION + ")?";

    private static final String TINY_AYA =
            MARKED_WORD_CONTRACTED + "|\\p{N}{1,3}|" + SYMBOLS + "[\\r\\n/]*+|" + LINES_AND_SPACES;
    private static final String YOUTU_SCRIPTS = "[\\uAC00-\\uD7A3\\u3131-\\u318E]++"
            + "|[\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014"
            + "\\uFF1A\\uFF1B\\uFF0C\\u3001-\\u303F\\uFE30-\\uFE4F]++"
            + "|[\\u3105-\\u312F]++|[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]++";
    private static final String YOUTU =
            MARKED_WORD_CONTRACTED + "|\\p{N}|" + SYMBOLS + "[\\r\\n/]*+|" + LINES_AND_SPACES;

    private static final String LINE_BREAK = "[\\r\\n]";
    private static final String CHINESE = "[[\\u0800-\\u9FA5\\uAC00-\\uD7FF]&&\\S]++";
    private static final String CHINESE_AND_KANA = "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]++";
    private static final String DEEPSEEK_LLM_PUNCTUATION =
            "\\s?[!-/:-~\\uFF01-\\uFF0F\\uFF1A-\\uFF5E\\u2018-\\u201F\\u3001-\\u3002]++";
    private static final String TRAILING_SPACES = "(?<!\\s)\\s++\\z";

    /** Letters that have case, as of Unicode 11. */
    private static final String DEEPSEEK_LLM_WORD = "\\s?["
            + "A-Za-z\\u00B5\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u01BA\\u01BC-\\u01BF\\u01C4-\\u0293"
            + "\\u0295-\\u02AF\\u0370-\\u0373\\u0376\\u0377\\u037B-\\u037D\\u037F\\u0386\\u0388-\\u038A\\u038C"
            + "\\u038E-\\u03A1\\u03A3-\\u03F5\\u03F7-\\u0481\\u048A-\\u052F\\u0531-\\u0556\\u10A0-\\u10C5"
            + "\\u13A0-\\u13F5\\u13F8-\\u13FD\\u1C90-\\u1CBA\\u1CBD-\\u1CBF\\u1D00-\\u1D2B\\u1D6B-\\u1D77"
            + "\\u1D79-\\u1D9A\\u1E00-\\u1F15\\u1F18-\\u1F1D\\u1F20-\\u1F45\\u1F48-\\u1F4D\\u1F50-\\u1F57"
            + "\\u1F59\\u1F5B\\u1F5D\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6-\\u1FBC\\u1FBE\\u1FC2-\\u1FC4"
            + "\\u1FC6-\\u1FCC\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-\\u1FFC"
            + "\\u2102\\u2107\\u210A-\\u2113\\u2115\\u2119-\\u211D\\u2124\\u2126\\u2128\\u212A-\\u212D"
            + "\\u212F-\\u2134\\u2139\\u213C-\\u213F\\u2145-\\u2149\\u214E\\u2183\\u2184\\u2C00-\\u2C7B"
            + "\\u2C7E-\\u2CE4\\u2CEB-\\u2CEE\\u2CF2\\u2CF3\\uA640-\\uA66D\\uA680-\\uA69B\\uA722-\\uA76F"
            + "\\uA771-\\uA787\\uA78B-\\uA78E\\uAB70-\\uABBF\\uFB00-\\uFB06\\uFB13-\\uFB17\\uFF21-\\uFF3A"
            + "\\uFF41-\\uFF5A\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}"
            + "\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}]++";

    private static final String DEEPSEEK_3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]++"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]++[\\r\\n]*+|" + LINES_AND_SPACES;

    /** As published the third range starts at U+F900, whose normal form is U+8C48, where it starts in llama.cpp. */
    private static final String ASIAN_SCRIPTS =
            "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\u8C48-\\uFAFF\\u3040-\\u309F\\u30A0-\\u30FF\\uFF65-\\uFF9F"
                    + "\\u2F00-\\u2FDF\\u0E40-\\u0E7F\\u0E80-\\u0EFF\\u1780-\\u17FF\\u1000-\\u109F\\uAA60-\\uAA7F"
                    + "\\uA9E0-\\uA9FF\\uAC00-\\uD7AF\\u1100-\\u11FF]++";

    private static final String BLOOM = " ?[^(\\s|.,!?\\u2026\\u3002\\uFF0C\\u3001\\u0964\\u06D4\\u060C)]++";

    /** White space without line ends, cut into the largest powers of two that fit; other pieces are left whole. */
    private static final String POWERS_OF_TWO = "^(?=[^\\S\\r\\n]*+[\\S\\r\\n])[\\s\\S]++|\\s{512}|\\s{256}"
            + "|\\s{128}|\\s{64}|\\s{32}|\\s{16}|\\s{8}|\\s{4}|\\s{1,2}";

    private static final List<Family> FAMILIES = List.of(
            family("default", matches("[\\p{P}$+<=>^~|]++"), matches(GPT_2), matches(NUMBERS), matches(THREE_DIGITS)),
            family("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", matches(LLAMA_3))
                    .ignoringMerges()
                    .addingBos(),
            family("qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2", matches(QWEN_2)),
            family("qwen35", matches(QWEN_3_5)),
            family(
                    "gpt-2 phi-2 mpt olmo jais trillion granite-docling exaone4 gigachat jina-es jina-de jina-v2-es"
                            + " jina-v2-de jina-v1-en jina-v2-code roberta-bpe modern-bert a.x-4.0 mellum",
                    matches(GPT_2)),
            family(
                    "smollm starcoder refact command-r codeshell exaone minerva-7b mellum2",
                    matches(NUMBER),
                    matches(GPT_2)),
            family("tekken", matches(TEKKEN)).ignoringMerges().addingBos(),
            family("gpt-4o llama4 kanana2 talkie minimax-m2", matches(GPT_4O)),
            family(
                    "deepseek-llm",
                    matches(LINE_BREAK),
                    matches(DEEPSEEK_LLM_WORD),
                    matches(DEEPSEEK_LLM_PUNCTUATION),
                    matches(TRAILING_SPACES),
                    matches(CHINESE),
                    matches(NUMBERS)),
            family(
                    "deepseek-coder",
                    matches(LINE_BREAK),
                    matches("\\s?\\p{L}++"),
                    matches("\\s?\\p{P}++"),
                    matches(CHINESE),
                    matches(NUMBER)),
            family(
                    "deepseek-v3 hunyuan-dense joyai-llm",
                    matches("\\p{N}{1,3}"),
                    matches(CHINESE_AND_KANA),
                    matches(DEEPSEEK_3)),
            family("falcon", matches("[\\p{P}$+<=>^~|`]++"), matches(GPT_2), matches(THREE_DIGITS)),
            family("dbrx smaug-bpe chatglm-bpe glm4", matches(LLAMA_3)),
            family("kimi-k2", matches(KIMI_K2)),
            family("bailingmoe bailingmoe2 llada-moe", matches(BAILING)),
            family("seed-coder", matches(SEED_CODER)),
            family("exaone-moe", matches(EXAONE_MOE)),
            family("superbpe", matches(NUMBERS), digits(DigitSplitter.Rule.THOUSANDS)),
            family("afmoe", digits(DigitSplitter.Rule.NUMBERS), matches(ASIAN_SCRIPTS), matches(DEEPSEEK_3)),
            family("tiny_aya cohere2moe", digits(DigitSplitter.Rule.NUMBERS), matches(TINY_AYA)),
            family("youtu", matches(YOUTU_SCRIPTS), matches(YOUTU)).ignoringMerges(),
            family("jais-2", matches(LLAMA_3), matches(POWERS_OF_TWO)),
            family("minicpm5", matches("\\p{N}{1,3}"), matches(MINICPM_5)).ignoringMerges(),
            family("granite-embed-multi-97m", matches(GRANITE_EMBEDDING)).ignoringMerges(),
            family("laguna", matches("[^\\n]++|\\n++"), matches(QWEN_2)),
            family("ufakzeka", matches(UFAKZEKA)),
            family("poro-chat bloom gpt3-finnish", matches(BLOOM)),
            family("viking", matches(BLOOM), matches(NUMBER)),
            family(
                            "chameleon",
                            matches("<sentinel:[0-9]+>"),
                            matches("IMGIMG[A-I]{1,4}Z"),
                            matches("[\\t\\n]|    |  "),
                            matches(NUMBER),
                            matches("[\\p{P}!-/:-@\\[-`{-~]"),
                            matches(GPT_2))
                    .addingBos());

    private PreTokenizers() {}

    /** The pre-tokenizer with this name. */
    static Optional<PreTokenizer> named(String name) {
        return FAMILIES.stream()
                .filter(family -> family.names().contains(name))
                .findFirst()
                .map(Family::preTokenizer);
    }

    /** All names, the ones in widest use first. */
    static List<String> names() {
        return FAMILIES.stream().flatMap(family -> family.names().stream()).toList();
    }

    /** How a splitter is made. */
    private interface Rule {
        Splitter splitter();
    }

    /** The names that share one pre-tokenizer; its patterns are compiled when a model asks for it. */
    private record Family(List<String> names, List<Rule> rules, boolean ignoresMerges, boolean addBos) {
        Family ignoringMerges() {
            return new Family(names, rules, true, addBos);
        }

        Family addingBos() {
            return new Family(names, rules, ignoresMerges, true);
        }

        PreTokenizer preTokenizer() {
            return new PreTokenizer(rules.stream().map(Rule::splitter).toList(), ignoresMerges, addBos);
        }
    }

    private static Family family(String names, Rule... rules) {
        return new Family(Arrays.asList(names.split(" ")), List.of(rules), false, false);
    }

    private static Rule matches(String regex) {
        return () -> PatternSplitter.of(regex);
    }

    private static Rule digits(DigitSplitter.Rule rule) {
        return () -> new DigitSplitter(rule);
    }

    private static String casedWord(String letters, String ending) {
        String first = "[^\\r\\n\\p{L}\\p{N}]?";
        String upper = "[" + letters + "&&[^a-z]]";
        String lower = "[" + letters + "&&[^A-Z]]";
        return first + upper + "*" + lower + "++" + ending + "|" + first + upper + "++" + lower + "*+" + ending;
    }
}
