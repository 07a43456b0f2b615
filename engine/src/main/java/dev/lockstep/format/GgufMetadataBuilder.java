package dev.lockstep.format;

import java.util.LinkedHashMap;

/** Metadata put together in memory, for a model that does not come from a file. */
public final class GgufMetadataBuilder extends GgufEntries<GgufMetadataBuilder> {
    /** Starts with no keys. */
    public GgufMetadataBuilder() {}

    /**
     * The metadata as it is now; later changes to the builder do not show in it.
     *
     * @param source what messages about the metadata start with, in place of a file's name
     */
    public GgufMetadata build(String source) {
        return new GgufMetadata(source, new LinkedHashMap<>(values()));
    }

    @Override
    GgufMetadataBuilder self() {
        return this;
    }
}
