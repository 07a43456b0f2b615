package dev.lockstep.train.objective;

import dev.lockstep.train.model.Noise;

/**
 * One row of tokens on its way into a batch.
 *
 * @param noise the run's noise
 * @param step number of the step, from 0
 * @param number of the row among all that were ever used, epochs one after the other
 * @param index of the row in its step, from 0
 * @param rows rows in the step
 * @param offset tokens of the row before the run in question
 */
public record Example(Noise noise, long step, long number, int index, int rows, int offset) {}
