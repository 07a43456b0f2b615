package dev.lockstep.server.access;

import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Lets in who has a key, as {@code Authorization: Bearer KEY} or {@code x-api-key: KEY}, and notes whose it is
 * ({@link Client#of}); answers anybody else with 401.
 */
public final class KeyHandler extends Handler.Wrapper {
    /** Longer ones are not hashed. */
    private static final int KEY_LENGTH_MAX = 512;

    private final KeyFile keys;
    private final Set<String> open;

    /**
     * @param keys the keys
     * @param open paths that need none, such as {@code /health}
     */
    public KeyHandler(KeyFile keys, Set<String> open) {
        this.keys = keys;
        this.open = Set.copyOf(open);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (open.contains(Request.getPathInContext(request))) {
            return super.handle(request, response, callback);
        }
        String key = presented(request);
        if (key == null) {
            Refusal.unauthorized("no API key: send it as 'Authorization: Bearer KEY' or as 'x-api-key: KEY'")
                    .write(response, callback);
            return true;
        }
        Optional<Client> client = key.length() > KEY_LENGTH_MAX ? Optional.empty() : keys.find(key);
        if (client.isEmpty()) {
            Refusal.unauthorized("the API key is not known here").write(response, callback);
            return true;
        }
        client.get().noteIn(request);
        return super.handle(request, response, callback);
    }

    private static String presented(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            String key = authorization.substring(7).strip();
            if (!key.isEmpty()) {
                return key;
            }
        }
        String key = request.getHeaders().get("x-api-key");
        return key == null || key.isBlank() ? null : key.strip();
    }
}
