/**
 * Who may ask what of the server, and how much of it: keys, limits, TLS, origins, and the log of what was asked.
 *
 * <p>Everything here stands in front of the endpoints and knows nothing of models. The handlers, from the outside in:
 * {@link dev.lockstep.server.access.OriginHandler}, {@link dev.lockstep.server.access.KeyHandler},
 * {@link dev.lockstep.server.access.RateHandler}, {@link dev.lockstep.server.access.SlowReaderHandler},
 * {@link dev.lockstep.server.access.BodyHandler}. What guards connections before there is a request:
 * {@link dev.lockstep.server.access.AddressLimit} and {@link dev.lockstep.server.access.SlowHeaderGuard}.
 */
package dev.lockstep.server.access;
