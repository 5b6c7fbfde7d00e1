/*
 * A Drove cluster as a process of its own:
 *
 *   node test/fake/serve.ts --port 0 --endpoints FILE.json [--port 0 …] [--control-port 0] [--host 127.0.0.1]
 *       [--user u --pass p] [--token "O-Bearer t"] [--tls-ca FILE.pem [--tls-host NAME …]]
 *
 * One `--port` per controller; the first leads. FILE.json is a list of ExposedAppInfo, or a whole recorded answer.
 * Prints one JSON line {"controllers": [url…], "control": url, "pid": n} when it serves. SIGHUP reads the file again,
 * SIGTERM and SIGINT end it. `--tls-ca` speaks HTTPS and writes the authority's certificate there. The control port
 * is in control-server.ts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Credentials } from "./authorization.ts";
import { makeCertificates } from "./certificates.ts";
import { asApps, startControlServer } from "./control-server.ts";
import { startCluster } from "./drove-cluster.ts";
import type { ExposedApp } from "./exposed-app.ts";

const { values: flags } = parseArgs({
  options: {
    port: { type: "string", multiple: true, default: ["0"] },
    "control-port": { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    endpoints: { type: "string" },
    user: { type: "string" },
    pass: { type: "string" },
    token: { type: "string" },
    "tls-ca": { type: "string" },
    "tls-host": { type: "string", multiple: true, default: ["localhost", "127.0.0.1", "::1"] },
  },
});

await serve();

async function serve(): Promise<void> {
  const { host, endpoints } = flags;
  const tls = certificates();
  const cluster = await startCluster({
    host,
    controllers: flags.port.length,
    ports: flags.port.map(Number),
    credentials: credentials(),
    ...(endpoints !== undefined && { apps: readApps(endpoints) }),
    ...(tls !== undefined && { tls }),
  });
  const control = await startControlServer(cluster, { host, port: Number(flags["control-port"]) });
  process.on("SIGHUP", () => {
    if (endpoints !== undefined) reload(endpoints, cluster.apps.replace);
  });
  const end = (): void => void Promise.all([cluster.stop(), control.stop()]).then(() => process.exit(0));
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  const line = { controllers: cluster.urls, control: `http://${host}:${control.port}`, pid: process.pid };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function credentials(): Credentials {
  const { user, pass, token } = flags;
  return {
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(token !== undefined && { accessToken: token }),
  };
}

function certificates() {
  if (flags["tls-ca"] === undefined) return undefined;
  const made = makeCertificates({ hosts: flags["tls-host"] });
  writeFileSync(flags["tls-ca"], made.ca);
  return made;
}

function readApps(file: string): readonly ExposedApp[] {
  const content: unknown = JSON.parse(readFileSync(file, "utf8"));
  const isEnvelope = typeof content === "object" && content !== null && "data" in content;
  return asApps(isEnvelope ? content.data : content);
}

/** A file that cannot be read changes nothing: the old apps stay. */
function reload(file: string, replace: (apps: readonly ExposedApp[]) => void): void {
  try {
    replace(readApps(file));
  } catch (error) {
    process.stderr.write(`${file}: ${error instanceof Error ? error.message : error}\n`);
  }
}
