package dev.lockstep.template;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A prompt, and where each piece of it comes from.
 *
 * <p>To turn it into tokens, look for control tokens in {@link Origin#TEMPLATE} segments alone, each by itself, so that
 * no control token begins, ends or lies in what a user wrote. What is between two control tokens is one text to the
 * tokenizer, across segments: cutting it at their borders would give other tokens than the model was trained with.
 *
 * @param segments in order; neighbours differ in their origin, none is empty
 */
public record RenderedPrompt(List<Segment> segments) {
    /** Takes a copy of the list. */
    public RenderedPrompt {
        segments = List.copyOf(segments);
    }

    /** The whole text. */
    public String text() {
        return segments.stream().map(Segment::text).collect(Collectors.joining());
    }
}
