/** What a client is told when its request cannot be answered. */
package dev.lockstep.server.error;
