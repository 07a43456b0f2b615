package dev.lockstep.text;

/**
 * The tokens with a role, {@link #NONE} where a vocabulary has none.
 *
 * @param bos beginning of the sequence
 * @param eos end of the sequence
 * @param eot end of a turn in a dialogue
 * @param eom end of a message that expects a tool's answer
 * @param unknown stands for text that cannot be expressed
 * @param padding fills a batch
 */
record SpecialIds(int bos, int eos, int eot, int eom, int unknown, int padding) {
    static final int NONE = -1;
}
