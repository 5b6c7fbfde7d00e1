import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { searchPath } from "./proxy.ts";

export interface HaproxyProgram {
  readonly path: string;
  /** As it prints it, e.g. `3.2.26`. */
  readonly version: string;
}

/** The HAProxies that tests run with: those that proxy-versions.sh has unpacked, else that of this machine. */
export const haproxies: readonly HaproxyProgram[] = findPrograms().map((path) => ({ path, version: askVersion(path) }));

function findPrograms(): readonly string[] {
  const cache = process.env["DROVE_GATEWAY_TEST_CACHE"] ?? "/var/cache/drove-gateway-test";
  const unpacked = globSync(join(cache, "haproxy-*", "haproxy")).sort();
  if (unpacked.length > 0) return unpacked;
  const installed = searchPath.split(delimiter).map((folder) => join(folder, "haproxy"));
  const found = installed.find((path) => existsSync(path));
  if (found === undefined) throw new Error("these tests need haproxy: unpack it with test/proxy-versions.sh haproxy");
  return [found];
}

function askVersion(path: string): string {
  const { stdout } = spawnSync(path, ["-v"], { encoding: "utf8" });
  return /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? "unknown";
}
