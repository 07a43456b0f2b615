package dev.lockstep.template;

/** Where a piece of a prompt comes from. */
public enum Origin {
    /** Written in the template, or given by whoever runs it: control tokens in it are meant. */
    TEMPLATE,
    /** From the conversation: whatever looks like a control token in it is plain text. */
    DATA
}
