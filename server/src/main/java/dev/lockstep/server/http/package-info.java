/** HTTP: which endpoint answers, what goes over the wire, and whether the client is still there. */
package dev.lockstep.server.http;
