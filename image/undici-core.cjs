/*
 * What the agent uses of undici, for the bundle: the package's own index also loads its fetch, WebSocket, caches, mocks
 * and interceptors, two thirds of its code, which every start of the container would pay for. Its experimental parser,
 * Milo, is left out by `esbuildDetection`, as Node leaves it out of its own copy.
 */
"use strict";
const Agent = require("../node_modules/undici/lib/dispatcher/agent.js");
const Dispatcher = require("../node_modules/undici/lib/dispatcher/dispatcher.js");
const api = require("../node_modules/undici/lib/api");

// As the package's index does it.
Object.assign(Dispatcher.prototype, api);

module.exports = { Agent };
