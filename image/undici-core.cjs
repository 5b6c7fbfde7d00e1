/*
 * What the agent uses of undici, for the bundle: the package's own index also loads its fetch, WebSocket, caches, mocks
 * and interceptors, two thirds of its code, which every start of the container would pay for. Its experimental parser,
 * Milo, is left out by `esbuildDetection`, as Node leaves it out of its own copy.
 */
"use strict";
const Agent = require("../node_modules/undici/lib/dispatcher/agent.js");
const Dispatcher = require("../node_modules/undici/lib/dispatcher/dispatcher.js");
const request = require("../node_modules/undici/lib/api/api-request.js");

// As the package's index does it, with its other ways to ask as well.
Object.assign(Dispatcher.prototype, { request });

module.exports = { Agent };
