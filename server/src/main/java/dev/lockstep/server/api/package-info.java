/** What the endpoints take and give: each reads its fields, has the engine generate, and writes the answer. */
package dev.lockstep.server.api;
