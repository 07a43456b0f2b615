package dev.lockstep.train.model;

import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/** One float for each weight of a model, off the heap: the weights themselves, their gradients, or a moment of those. */
public final class ParameterMemory implements Owned.Resource {
    private final ParameterLayout layout;
    private final Region region;

    /**
     * Zeros.
     *
     * @param purpose what the memory is for, used in error messages
     */
    public ParameterMemory(String purpose, ParameterLayout layout) {
        this.layout = layout;
        this.region = Region.allocate(purpose, layout.bytes());
        region.touch();
    }

    /** Where each tensor lies. */
    public ParameterLayout layout() {
        return layout;
    }

    /** All of it. */
    public Region region() {
        return region;
    }

    /** The address of a tensor's first float. */
    public long address(Parameter parameter) {
        return region.address() + parameter.offset();
    }

    /** A tensor as a matrix. */
    public FloatMatrix matrix(Parameter parameter) {
        return new FloatMatrix(address(parameter), parameter.rows(), parameter.columns());
    }

    @Override
    public void close() {
        region.close();
    }
}
