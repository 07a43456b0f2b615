package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;

/** The field {@code stream_options}. */
final class StreamOptions {
    private StreamOptions() {}

    /**
     * Whether a stream is to end with the number of tokens.
     *
     * @throws ApiException 400 if there are options for a stream that nobody asks for
     */
    static boolean includeUsage(RequestFields fields) {
        boolean include = fields.nested("stream_options")
                .map(options -> options.bool("include_usage", false))
                .orElse(false);
        if (include && !fields.bool("stream", false)) {
            throw fields.invalid("stream_options", "is given, which is allowed only where 'stream' is true");
        }
        return include;
    }
}
