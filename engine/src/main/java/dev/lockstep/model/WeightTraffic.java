package dev.lockstep.model;

/**
 * What a step costs in weights, the part of the cost model that depends on the model alone.
 *
 * @param layerBytes bytes of all layers' matrices, read once a step
 * @param layerWeights weights of all layers' matrices: multiply-adds of a row
 * @param outputBytes bytes of the output matrix, read once by a step that has rows with logits
 * @param outputWeights weights of the output matrix: multiply-adds of a row with logits
 */
public record WeightTraffic(long layerBytes, long layerWeights, long outputBytes, long outputWeights) {}
