/** JSON in, checked field by field, and JSON out. */
package dev.lockstep.server.json;
