package dev.lockstep.trace;

import java.util.List;

/**
 * What a trace held at one moment.
 *
 * @param dropped events that had been recorded before these and have made room
 * @param events the events that were there, in the order in which they were recorded; times of different requests may be
 *     slightly out of order, since several threads record
 */
public record TraceSnapshot(long dropped, List<TraceEvent> events) {}
