import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What wrk counted. `lost` are requests that got no answer, or one that is an error. */
export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly lost: number;
}

/** Constant load on one vhost for a while. */
export async function runWrk(options: {
  readonly port: number;
  readonly host: string;
  readonly seconds: number;
  readonly connections: number;
  readonly keepAlive: boolean;
}): Promise<WrkResult> {
  const headers = ["-H", `Host: ${options.host}`, ...(options.keepAlive ? [] : ["-H", "Connection: close"])];
  const args = [
    "-t1",
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    ...headers,
    `http://127.0.0.1:${options.port}/`,
  ];
  const { stdout } = await promisify(execFile)("wrk", args);
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1).map(Number) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    lost: errors.reduce((sum, one) => sum + one, 0) + refused,
  };
}
