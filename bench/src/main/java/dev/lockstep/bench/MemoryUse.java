package dev.lockstep.bench;

import dev.lockstep.model.MemoryPlan;
import java.util.OptionalLong;

/**
 * What a model took in memory while its steps were measured.
 *
 * @param kernels the tier
 * @param plan what was planned
 * @param peakBytes the most that was resident, the JVM and all; empty where that cannot be known
 */
public record MemoryUse(String kernels, MemoryPlan plan, OptionalLong peakBytes) {}
