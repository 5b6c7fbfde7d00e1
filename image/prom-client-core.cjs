/*
 * What the agent uses of prom-client, for the bundle: the package's own index also loads its push gateway and its support
 * for clusters of processes, and with the default metrics all of OpenTelemetry's API. Those metrics come when they are
 * first wanted.
 */
"use strict";
module.exports = {
  Registry: require("../node_modules/prom-client/lib/registry.js"),
  Counter: require("../node_modules/prom-client/lib/counter.js"),
  Gauge: require("../node_modules/prom-client/lib/gauge.js"),
  Histogram: require("../node_modules/prom-client/lib/histogram.js"),
  get collectDefaultMetrics() {
    return require("../node_modules/prom-client/lib/defaultMetrics.js");
  },
};
