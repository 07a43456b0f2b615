package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A message of a conversation.
 *
 * @param role who says it
 * @param content its text; the parts after each other if it came in parts
 * @param name who exactly, if that was said
 */
public record ChatMessage(String role, String content, Optional<String> name) {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");
    private static final int MESSAGES_MAX = 10_000;
    private static final int PARTS_MAX = 10_000;

    /** Reads a conversation from a field. */
    static List<ChatMessage> list(RequestFields fields, String field) {
        if (!fields.has(field)) {
            throw fields.missing(field);
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (RequestFields message : fields.objects(field, MESSAGES_MAX)) {
            messages.add(of(message));
        }
        if (messages.isEmpty()) {
            throw fields.invalid(field, "is empty, but at least one message is needed");
        }
        return messages;
    }

    private static ChatMessage of(RequestFields message) {
        String role = message.requiredString("role");
        if (role.equals("tool") || role.equals("function") || message.has("tool_calls")) {
            throw ApiException.unsupported(message.path("role"), "messages of tools are not supported");
        }
        if (!ROLES.contains(role)) {
            throw message.invalid("role", "is not one of system, developer, user, assistant");
        }
        return new ChatMessage(role, content(message), message.string("name"));
    }

    /** Text, or parts that are all text. */
    static String content(RequestFields message) {
        if (!message.has("content")) {
            throw message.missing("content");
        }
        if (!message.value("content").isArray()) {
            return message.requiredString("content");
        }
        StringBuilder text = new StringBuilder();
        for (RequestFields part : message.objects("content", PARTS_MAX)) {
            String type = part.requiredString("type");
            if (!type.equals("text") && !type.equals("input_text") && !type.equals("output_text")) {
                throw ApiException.unsupported(part.path("type"), "only parts of type text are supported");
            }
            text.append(part.requiredString("text"));
        }
        return text.toString();
    }
}
