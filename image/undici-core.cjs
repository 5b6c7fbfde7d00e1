/*
 * What the agent uses of undici, for the bundle: the package's own index also loads its fetch, WebSocket, caches, mocks,
 * interceptors and other ways to ask, two thirds of its code, which every start of the container would pay for. Its
 * experimental parser, Milo, is left out by `esbuildDetection`, as Node leaves it out of its own copy.
 */
"use strict";
module.exports = { Agent: require("../node_modules/undici/lib/dispatcher/agent.js") };
