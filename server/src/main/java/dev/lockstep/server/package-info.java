/** The HTTP server over the engine. */
package dev.lockstep.server;
