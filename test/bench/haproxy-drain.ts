import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import type { Figure } from "./figures.ts";
import { openHaproxyBench } from "./haproxy.ts";
import { serversIn } from "./haproxy-cli.ts";
import { until } from "./processes.ts";

const members = 10;
const requests = 100;
const slowMs = 5000;

/** 100 requests of 5 s are in flight at ten members when all of these leave: how many of them do not end well. */
export async function benchHaproxyDrain(haproxy: string): Promise<readonly Figure[]> {
  const counts = { inFlight: 0 };
  const slow = await Promise.all(Array.from({ length: members }, () => listening(slowly(counts))));
  const fresh = await listening(createServer((_, response) => response.end("fresh")));
  const app = (servers: readonly Server[]) => exposedApp({ name: "slow", hosts: servers.map(hostOf) });
  const bench = await openHaproxyBench({ haproxy, apps: [app(slow)], extra: ["event_refresh_interval_sec = 0.1"] });
  try {
    const { proxyPort } = bench.layout;
    const answers = Array.from({ length: requests }, () => get(proxyPort));
    await until(() => counts.inFlight === requests, { what: "all requests are in flight", withinMs: 4000 });
    const servers = async () => serversIn((await bench.cli.send("show servers state slow.test"))[0] ?? "");
    bench.cluster.apps.replace([app([fresh])]);
    const begun = performance.now();
    const serve = async () => (await servers()).filter((one) => one.serves).length === 1;
    await until(serve, { what: "only the new member serves", withinMs: 4000 });
    const left = performance.now() - begun;
    const late = await Promise.all(Array.from({ length: 50 }, () => get(proxyPort)));
    const all = await Promise.all(answers);
    const ended = performance.now();
    await until(async () => (await servers()).length === 1, { what: "the others are gone", withinMs: 10_000 });
    const gone = performance.now() - ended;
    console.log(
      `  (out of the balancing after ${left.toFixed(0)} ms; gone ${gone.toFixed(0)} ms after the last response)`,
    );
    const lost = all.filter((body) => body !== "begun ended").length + late.filter((body) => body !== "fresh").length;
    return [
      {
        name: `lost of ${requests} requests of ${slowMs / 1000} s at members that leave`,
        unit: "",
        ours: lost,
        floor: undefined,
        limit: 0,
        sense: "at-most",
      },
    ];
  } finally {
    await bench.stop();
    for (const server of [...slow, fresh]) server.close().closeAllConnections();
  }
}

/** Answers whose second half comes after five seconds. */
function slowly(counts: { inFlight: number }): Server {
  return createServer(async (_, response) => {
    counts.inFlight += 1;
    response.write("begun ");
    await sleep(slowMs);
    counts.inFlight -= 1;
    response.end("ended");
  });
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function hostOf(server: Server) {
  const address = server.address();
  return exposedHost(typeof address === "object" && address !== null ? address.port : 0);
}

/** The whole body of a 200; else what went wrong. */
function get(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = { host: "127.0.0.1", port, headers: { host: "slow.test" }, agent: false };
  const asked = request(options, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    response.on("error", (error) => resolve(error.message));
    response.on("end", () => resolve(response.statusCode === 200 ? body : `status ${response.statusCode}`));
  });
  asked.on("error", (error) => resolve(error.message));
  asked.end();
  return promise;
}
