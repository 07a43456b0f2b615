package dev.lockstep.cli;

import dev.lockstep.template.ChatTemplate;
import dev.lockstep.template.RenderedPrompt;
import dev.lockstep.template.Segment;
import dev.lockstep.template.TemplateArguments;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep template}: a conversation to the text of a prompt. */
@Command(
        name = "template",
        customSynopsis = "lockstep template [-m MODEL | --template FILE] --request FILE [--json]",
        description = {
            "Renders a conversation as the prompt that a model expects.",
            "",
            "The request is a JSON object with the template's variables: messages, and tools, documents, "
                    + "add_generation_prompt and whatever else the template knows. The prompt is printed as it is, "
                    + "without a line end of its own. A model's template finds the texts of the model's own tokens in "
                    + "bos_token, eos_token and the like, unless the request says otherwise.",
            "",
            "With --json: {\"text\", \"segments\": [{\"text\", \"origin\"}, ...]}. The origin is template or data; "
                    + "control tokens are meant in the former alone. Texts of the request count as data, but for "
                    + "variables whose names end in _token."
        },
        footer = {
            "Examples:",
            "  lockstep template --template chatml.jinja --request request.json",
            "  echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | "
                    + "lockstep template -m model.gguf --request -"
        })
final class TemplateCommand extends LockstepCommand {
    @Option(
            names = {"-m", "--model"},
            order = -2,
            paramLabel = "MODEL",
            description = "The model whose template and tokens are taken: a GGUF file, or the name of one that comes "
                    + "along. Default without --template: jdk.")
    Path model;

    @Option(names = "--template", paramLabel = "FILE", description = "A template, instead of the model's.")
    Path template;

    @Option(
            names = "--request",
            required = true,
            paramLabel = "FILE",
            description = "The variables, as a JSON object; - is standard input.")
    Path request;

    @Option(names = "--json", description = "Print one JSON object that tells where each piece comes from.")
    boolean json;

    @Option(
            names = "--now",
            paramLabel = "TIME",
            description = "What the template takes for the present, such as 2026-01-02T03:04:05. Default: the clock's.")
    LocalDateTime now;

    TemplateCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        TemplateArguments arguments = TemplateArguments.none();
        String source = template == null ? null : TemplateRequest.text(template, "template");
        if (model != null || template == null) {
            Path file = ModelFile.of(model == null ? ModelFile.defaultName() : model);
            boolean plainAllowed = source != null || model == null || ModelFile.namesJdk(model);
            ModelTemplate own = ModelTemplate.of(file, plainAllowed);
            source = source == null ? own.source() : source;
            for (Map.Entry<String, String> token : own.tokens().entrySet()) {
                arguments = arguments.withTrusted(token.getKey(), token.getValue());
            }
        }
        arguments = TemplateRequest.read(request, console.in()).addTo(arguments);
        ChatTemplate parsed = source == null ? ChatTemplate.PLAIN : ChatTemplate.parse(source);
        print(parsed.render(now == null ? arguments : arguments.withNow(now)));
        return ExitCode.DONE;
    }

    private void print(RenderedPrompt prompt) {
        if (!json) {
            console.out().print(prompt.text());
            return;
        }
        try (JsonGenerator object = Json.to(console.out())) {
            object.writeStartObject();
            object.writeStringProperty("text", prompt.text());
            object.writeArrayPropertyStart("segments");
            for (Segment segment : prompt.segments()) {
                object.writeStartObject();
                object.writeStringProperty("text", segment.text());
                object.writeStringProperty("origin", segment.origin().name().toLowerCase(Locale.ROOT));
                object.writeEndObject();
            }
            object.writeEndArray();
            object.writeEndObject();
        }
        console.out().println();
    }
}
