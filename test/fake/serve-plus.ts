/*
 * The API of NGINX Plus as a process of its own:
 *
 *   node test/fake/serve-plus.ts --config FILE [--port 0] [--host 127.0.0.1]
 *
 * Prints one JSON line {"address": "host:port", "pid": n} when it serves the upstreams of FILE. SIGHUP reads it again, as a
 * reload does; SIGTERM and SIGINT end it. SIGUSR2 has it print {"changedAt": ms}: when it did the last change that it was
 * asked for, by the machine's monotonic clock, which is the same in all processes.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startFakePlus } from "./nginx-plus.ts";

const { values: flags } = parseArgs({
  options: {
    config: { type: "string" },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
  },
});

if (flags.config === undefined) throw new Error("give the nginx config with --config");
const file = flags.config;
const read = () => readFileSync(file, "utf8");
const plus = await startFakePlus({ config: read(), host: flags.host, port: Number(flags.port) });
process.on("SIGHUP", () => plus.reload(read()));
process.on("SIGUSR2", () => process.stdout.write(`${JSON.stringify({ changedAt: plus.changedAt() })}\n`));
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void plus.stop().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ address: plus.address, pid: process.pid })}\n`);
