package dev.lockstep.cli;

import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.format.GgufFile;
import dev.lockstep.plan.Schedule;
import dev.lockstep.server.EngineMetrics;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.PeaksAtRest;
import dev.lockstep.server.ServerBuilder;
import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.Binding;
import dev.lockstep.server.access.KeyFile;
import dev.lockstep.server.access.TlsFiles;
import dev.lockstep.server.api.ChatFormat;
import dev.lockstep.server.metrics.Peaks;
import dev.lockstep.template.ChatTemplate;
import dev.lockstep.template.ChatTemplateException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep serve}: answers over HTTP. */
@Command(
        name = "serve",
        customSynopsis = "lockstep serve [-m MODEL] [--port N] [OPTION]...",
        description = {
            "Answers over HTTP, as OpenAI's clients expect it.",
            "",
            "Endpoints: /v1/completions, /v1/chat/completions, /v1/responses, /v1/embeddings, /v1/models, "
                    + "/tokenize, /detokenize, /health, /health/ready, /metrics, /version, /trace. Requests share passes over the weights as they come and go, and "
                    + "each gets the tokens that 'lockstep run' gives for its seed.",
            "",
            "Standard error has a line with the address as soon as the port is open, and one that begins with "
                    + "'serving' when the model has been loaded; in between, /health says that the process lives, and "
                    + "requests are answered 503. SIGTERM or Ctrl-C: no more requests are taken, those that run have "
                    + "--drain seconds to end. Exit codes: 0 ended by a signal, 1 failed while running, 2 usage, 3 unusable "
                    + "model file, 4 over the memory budget."
        },
        footer = {
            "Examples:",
            "  lockstep serve",
            "  lockstep serve -m model.gguf --port 9000 --running 16",
            "  curl http://127.0.0.1:8080/v1/completions -H 'Content-Type: application/json' \\",
            "       -d '{\"prompt\": \"int max(\", \"max_tokens\": 32}'"
        })
final class ServeCommand extends LockstepCommand {
    private static final String TEMPLATE_KEY = "tokenizer.chat_template";
    private static final int DRAIN_SECONDS_MAX = 86_400;

    @Mixin
    ModelFile model = new ModelFile();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen at. Default: 127.0.0.1, which only this machine reaches.")
    String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "The port; 0 for any that is free. Default: 8080.")
    int port = 8080;

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description = "Let in only who has a key of this file, which is read again when it changes. "
                    + "docs/security.md has its form.")
    Path keys;

    @Option(
            names = "--insecure-no-auth",
            description =
                    "Let everybody who reaches the address use it. Without --keys, needed to listen at any but this "
                            + "machine's own.")
    boolean insecure;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description =
                    "Encrypt connections with this certificate and those that vouch for it, in PEM; with --tls-key.")
    Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key, PKCS#8 in PEM.")
    Path certificateKey;

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description = "Append one JSON object for each request to this file: who, what and how long, never prompts "
                    + "or answers. Default: none.")
    Path accessLog;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            description =
                    "Let pages of this origin use the server, such as https://chat.example.com; may be repeated; * "
                            + "for all. Default: none.")
    List<String> origins = new ArrayList<>();

    @Option(
            names = "--model-name",
            paramLabel = "NAME",
            description = "What clients call the model. Default: the file's name without its ending.")
    String name;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description =
                    "How a conversation becomes a prompt, in Jinja as Hugging Face's models have it. Default: the "
                            + "model's own; the contents after each other for jdk.")
    Path template;

    @Option(
            names = "--drain",
            paramLabel = "S",
            description = "Seconds that running requests have to end after SIGTERM. Default: 30.")
    int drainSeconds = 30;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    @ArgGroup(validate = false, heading = "%nSharing and context:%n")
    SharingFlags sharing = new SharingFlags();

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    @ArgGroup(validate = false, heading = "%nLimits:%n")
    ServeLimitFlags limits = new ServeLimitFlags();

    @ArgGroup(validate = false, heading = "%nSpeculation:%n")
    SpeculationFlags speculation = new SpeculationFlags();

    /** How long the engine must rest before the machine is measured. */
    private static final Duration REST = Duration.ofSeconds(5);

    ServeCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        check();
        EngineOptions options = machine.options().schedule(Schedule.CONTINUOUS);
        context.applyTo(options);
        sharing.applyTo(options);
        limits.applyTo(options);
        speculation.applyTo(options, model);
        // Jetty logs through SLF4J, for which there is no provider here.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        Path file = model.path();
        ChatFormat chat = chatFormat(file);
        EngineMetrics metrics = new EngineMetrics(modelName(file));
        options.listener(metrics);
        Optional<KeyFile> opened = keys == null ? Optional.empty() : Optional.of(keyFile());
        opened.ifPresent(some -> options.tenantWeights(some.keys().weights()));
        try (LockstepServer server = start(file, chat, metrics, opened);
                DrainOnSignal _ = DrainOnSignal.of(server, drainSeconds, console)) {
            console.message("listening at " + server.uri() + ", loading the model");
            try (Engine engine = machine.open(file, options, console, common)) {
                new PeaksAtRest(engine, metrics, this::peaks).start(PeaksAtRest.Pause.of(REST));
                return serve(server, engine);
            }
        }
    }

    /** What utilisation is measured against; of products, what the faster of their two kinds reaches. */
    private Peaks peaks() {
        Roofline machineCan = Roofline.brief(machine.threads());
        double multiplyAdds = Math.max(
                machineCan.multiplyAddsPerSecond(),
                machineCan.byteDotsPerSecond().orElse(0));
        return new Peaks(2 * multiplyAdds, machineCan.bytesPerSecond());
    }

    private void check() {
        if (port < 0 || port > 65_535) {
            throw new UsageException("--port is " + port + ", allowed are 0 to 65535");
        }
        if (drainSeconds < 0 || drainSeconds > DRAIN_SECONDS_MAX) {
            throw new UsageException("--drain is " + drainSeconds + ", allowed are 0 to " + DRAIN_SECONDS_MAX);
        }
        if ((certificate == null) != (certificateKey == null)) {
            throw new UsageException("--tls-cert and --tls-key need each other");
        }
        try {
            Binding.refusal(InetAddress.getByName(host), keys != null, insecure).ifPresent(reason -> {
                throw new UsageException(reason);
            });
        } catch (UnknownHostException e) {
            throw new UsageException("--host is '" + host + "', which is no address", e);
        }
    }

    /** The template that the user names, or else the model's own. A base model that comes along needs none. */
    private ChatFormat chatFormat(Path file) throws IOException {
        if (template != null) {
            if (!Files.isReadable(template) || Files.isDirectory(template)) {
                throw new UsageException("--chat-template names " + template + ", which is no file that can be read");
            }
            return templated(Files.readString(template), template.toString());
        }
        if (model.isJdk()) {
            return new ChatFormat.Plain();
        }
        try (GgufFile gguf = GgufFile.open(file)) {
            Optional<String> own = gguf.metadata().string(TEMPLATE_KEY);
            return own.isPresent() ? templated(own.get(), file.getFileName().toString()) : new ChatFormat.Unknown();
        }
    }

    private static ChatFormat templated(String source, String where) {
        try {
            return new ChatFormat.Templated(ChatTemplate.parse(source));
        } catch (ChatTemplateException e) {
            throw new UsageException(where + ": " + e.getMessage(), e);
        }
    }

    private LockstepServer start(Path file, ChatFormat chat, EngineMetrics metrics, Optional<KeyFile> keys)
            throws IOException {
        ServerBuilder builder = LockstepServer.builder();
        keys.ifPresent(builder::keys);
        if (certificate != null) {
            builder.tls(TlsFiles.open(certificate, certificateKey));
        }
        if (accessLog != null) {
            builder.accessLog(AccessLog.to(accessLog));
        }
        return builder.origins(Set.copyOf(origins))
                .host(host)
                .port(port)
                .modelId(modelName(file))
                .chat(chat)
                .metrics(metrics)
                .limits(limits.limits())
                .version(Version.number())
                .start();
    }

    private KeyFile keyFile() throws IOException {
        try {
            return KeyFile.open(keys, limits.limits());
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private String modelName(Path file) {
        if (name != null) {
            return name;
        }
        String fileName = model.isJdk() ? "jdk" : file.getFileName().toString();
        return fileName.endsWith(".gguf") ? fileName.substring(0, fileName.length() - ".gguf".length()) : fileName;
    }

    private int serve(LockstepServer server, Engine engine) {
        server.serve(engine);
        console.message("serving at " + server.uri());
        try {
            server.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.DONE;
    }
}
