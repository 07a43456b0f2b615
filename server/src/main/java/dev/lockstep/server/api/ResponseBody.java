package dev.lockstep.server.api;

import java.util.List;
import java.util.Map;

/**
 * An answer as {@code /v1/responses} has it, whole or so far. Fields whose values never differ here are there because clients
 * need them.
 *
 * @param status {@code in_progress}, {@code completed}, {@code incomplete} or {@code failed}
 * @param error why it failed, or null
 * @param incompleteDetails why it ends early, or null
 * @param usage null while it goes on
 * @param timings an extension; null while it goes on
 */
record ResponseBody(
        String id,
        String object,
        long createdAt,
        String status,
        Failure error,
        Incomplete incompleteDetails,
        String instructions,
        Integer maxOutputTokens,
        String model,
        List<Item> output,
        boolean parallelToolCalls,
        String previousResponseId,
        boolean store,
        double temperature,
        TextFormat text,
        String toolChoice,
        List<String> tools,
        double topP,
        String truncation,
        ResponseUsage usage,
        Map<String, String> metadata,
        TimingsBody timings) {

    /** Why it failed. */
    record Failure(String code, String message) {}

    /** Why it ends early. */
    record Incomplete(String reason) {}

    /** A message of the answer. */
    record Item(String type, String id, String status, String role, List<Part> content) {
        static Item message(String id, String status, List<Part> content) {
            return new Item("message", id, status, "assistant", content);
        }
    }

    /** Text of a message. */
    record Part(String type, String text, List<String> annotations, List<String> logprobs) {
        static Part of(String text) {
            return new Part("output_text", text, List.of(), List.of());
        }
    }

    /** How the answer is written. */
    record TextFormat(Format format) {}

    /** A format; always text. */
    record Format(String type) {}

    /** What it took, in tokens. */
    record ResponseUsage(
            int inputTokens,
            InputDetails inputTokensDetails,
            int outputTokens,
            OutputDetails outputTokensDetails,
            int totalTokens) {
        static ResponseUsage of(Usage usage) {
            return new ResponseUsage(
                    usage.promptTokens(),
                    new InputDetails(usage.promptTokensDetails().cachedTokens(), 0),
                    usage.completionTokens(),
                    new OutputDetails(0),
                    usage.totalTokens());
        }
    }

    /** What of the input need not be computed; what is kept for later is not counted, and clients need the field. */
    record InputDetails(int cachedTokens, int cacheWriteTokens) {}

    /** What of the output is not in the answer. */
    record OutputDetails(int reasoningTokens) {}
}
