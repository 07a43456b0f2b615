package dev.lockstep.template;

import java.util.Objects;

/**
 * A piece of a prompt.
 *
 * @param text not empty
 * @param origin where it comes from
 */
public record Segment(String text, Origin origin) {
    /** Checks that there is a text. */
    public Segment {
        Objects.requireNonNull(origin, "origin");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a segment must not be empty");
        }
    }
}
