package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.server.error.ApiException;
import java.io.IOException;

/** How generations end, as clients are told. */
final class Endings {
    private Endings() {}

    /**
     * OpenAI's word for an end that is a result.
     *
     * @throws ClientGoneException if the request was cancelled because its client has gone
     * @throws ApiException if it ended otherwise than by itself
     */
    static String finishReason(Completion completion) throws IOException {
        return switch (completion.finishReason()) {
            case STOP, LENGTH -> completion.finishReason().label();
            case CANCELLED -> throw new ClientGoneException();
            case DEADLINE ->
                throw ApiException.refused(
                        408, "time_limit_exceeded", "the request took longer than the server's limit");
            case SLOW_READER ->
                throw ApiException.refused(408, "reader_too_slow", "the client reads more slowly than is allowed");
            case CLOSED -> throw ApiException.unavailable("shutting_down", "the server ended before the request did");
            case ERROR -> throw ApiException.failed("the engine failed on this request");
        };
    }

    /** Whether the end is a result. */
    static boolean isResult(Completion completion) {
        return completion.finishReason() == FinishReason.STOP || completion.finishReason() == FinishReason.LENGTH;
    }
}
