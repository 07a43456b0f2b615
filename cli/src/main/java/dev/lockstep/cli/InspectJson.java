package dev.lockstep.cli;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufType;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.model.MemoryPlan;
import java.util.Iterator;
import tools.jackson.core.JsonGenerator;

/** What is in a model file, as JSON. */
final class InspectJson {
    private InspectJson() {}

    static void print(GgufFile file, InspectCommand.Plan plan, Console console) throws UnusableModelException {
        try (JsonGenerator json = Json.to(console.out())) {
            json.writeStartObject();
            json.writeStringProperty("file", file.path().getFileName().toString());
            json.writeNumberProperty("version", file.version());
            json.writeNumberProperty("bytes", file.size());
            writeMetadata(file.metadata(), json);
            writeTensors(file, json);
            json.writeNumberProperty("parameters", InspectCommand.parameters(file));
            writePlan(plan, json);
            json.writeEndObject();
        }
        console.out().println();
    }

    private static void writeMetadata(GgufMetadata metadata, JsonGenerator json) throws UnusableModelException {
        json.writeObjectPropertyStart("metadata");
        Iterator<GgufMetadata.Entry> entries = metadata.entries().iterator();
        for (String key : metadata.keys()) {
            GgufMetadata.Entry entry = entries.next();
            json.writeObjectPropertyStart(key);
            json.writeStringProperty("type", entry.type());
            json.writeName("value");
            writeValue(metadata, key, entry.value(), json);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** Scalars as what they are, arrays shortened. */
    private static void writeValue(GgufMetadata metadata, String key, String shown, JsonGenerator json)
            throws UnusableModelException {
        GgufType type = metadata.type(key).orElseThrow();
        if (type == GgufType.STRING) {
            json.writeString(metadata.string(key).orElseThrow());
        } else if (type == GgufType.BOOL) {
            json.writeBoolean(metadata.bool(key).orElseThrow());
        } else if (type.isInteger()
                || type.isFloat() && Double.isFinite(metadata.number(key).orElseThrow())) {
            json.writeNumber(shown);
        } else {
            json.writeString(shown);
        }
    }

    private static void writeTensors(GgufFile file, JsonGenerator json) {
        json.writeArrayPropertyStart("tensors");
        for (GgufTensor tensor : file.tensors()) {
            json.writeStartObject();
            json.writeStringProperty("name", tensor.name());
            json.writeStringProperty("type", tensor.type().name());
            json.writeArrayPropertyStart("shape");
            for (long dim : tensor.dims()) {
                json.writeNumber(dim);
            }
            json.writeEndArray();
            json.writeNumberProperty("bytes", tensor.bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writePlan(InspectCommand.Plan plan, JsonGenerator json) {
        json.writeObjectPropertyStart("memory_plan");
        if (plan.forecast() == null) {
            json.writeStringProperty("unsupported", plan.unsupported());
        } else {
            MemoryPlan bytes = plan.forecast().plan();
            json.writeNumberProperty("context", plan.forecast().contextLength());
            json.writeNumberProperty("threads", plan.forecast().threads());
            json.writeNumberProperty("weights", bytes.weights());
            json.writeNumberProperty("kv_cache", bytes.kvCache());
            json.writeNumberProperty("rope_table", bytes.ropeTable());
            json.writeNumberProperty("scratch", bytes.scratch());
            json.writeNumberProperty("jvm", bytes.jvm());
            json.writeNumberProperty("total", bytes.total());
            json.writeNumberProperty("mapped", bytes.mapped());
            json.writeNumberProperty("streamed", bytes.streamed());
        }
        json.writeEndObject();
    }
}
