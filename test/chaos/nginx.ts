import { execFileSync } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { seedMark, twinOf } from "../../agent/seeds.ts";
import { eventually } from "../image/support/eventually.ts";
import type { Gateway } from "../real/harness.ts";
import { ask } from "../real/support/ask.ts";
import type { ProxyUnderTest } from "./proxy-under-test.ts";

/** nginx asks each second for servers that it is told by DNS; it may be a while late where all is busy. */
const asksWithinMs = 2500;

/** The nginx of a gateway. */
export function nginxUnderTest(gateway: Gateway, program: string): ProxyUnderTest {
  const { files, folder, ports } = gateway;
  const version = versionOf(program);
  const sameSince = createSameSince();
  return {
    name: `nginx ${version.join(".")}`,
    platform: "nginx",
    keepsConnections: isAtLeast(version, [1, 27, 4]),
    configFile: files.config,
    configFolder: folder,
    async serving() {
      const text = await readFile(files.config, "utf8");
      const { body: generation } = await ask({ port: ports.status, vhost: "127.0.0.1", path: "/_gateway/generation" });
      // Once it has learned its servers by DNS, it serves the form of the file without them.
      if (![generation, twinOf(generation)].some((one) => text.includes(`generation ${one}.`)))
        throw new Error(`nginx serves another generation: ${generation}`);
      if (text.includes(seedMark)) {
        // The generation names what is not by DNS, and a file may say again what it said before.
        const { ctimeMs } = await stat(files.config);
        const sameForMs = sameSince(`${generation} ${ctimeMs} ${gateway.agent().pid} ${gateway.nginx().master}`);
        if (sameForMs < asksWithinMs) throw new Error("nginx may not have asked for its servers yet");
      }
      return serversByVhost(text);
    },
    isQuiet: async () => (await gateway.nginx().oldWorkers()).length === 0,
    kill: () => gateway.nginx().kill(),
    start: async () => void (await gateway.startNginx()),
    async killWorker() {
      const before = await gateway.nginx().workers();
      // The newest: after a reload, those of before may still be among them, and are not replaced.
      const newest = before.at(-1);
      if (newest === undefined) throw new Error("nginx has no worker to kill");
      process.kill(newest, "SIGKILL");
      const isReplaced = async () => {
        const now = await gateway.nginx().workers();
        return !now.includes(newest) && now.some((pid) => !before.includes(pid));
      };
      await eventually("another worker", isReplaced, { everyMs: 10 });
    },
    reload: async () => void process.kill(gateway.nginx().master, "SIGHUP"),
    said: async () => await readFile(files.errorLog, "utf8"),
  };
}

/** For how many ms this has been the same. */
function createSameSince(): (what: string) => number {
  const seen = { what: "", at: 0 };
  return (what) => {
    if (seen.what !== what) Object.assign(seen, { what, at: performance.now() });
    return performance.now() - seen.at;
  };
}

/** Reads the shipped template's form: an upstream per vhost with instances, and a server per vhost. */
function serversByVhost(text: string): ReadonlyMap<string, readonly number[]> {
  const upstreams = new Map(
    [...text.matchAll(/^ {2}upstream (\S+) \{\n([^}]*)\}/gm)].map(([, name = "", lines = ""]) => [
      name,
      [...lines.matchAll(/^\s*server 127\.0\.0\.1:(\d+) /gm)].map(([, port]) => Number(port)).sort((a, b) => a - b),
    ]),
  );
  const servers = text.matchAll(/server_name (\S+\.test);\n\s*location \/ \{(?: proxy_pass http:\/\/([^;]+);)?/g);
  return new Map([...servers].map(([, vhost = "", upstream = ""]) => [vhost, upstreams.get(upstream) ?? []]));
}

function versionOf(program: string): readonly number[] {
  const said = execFileSync("sh", ["-c", '"$0" -v 2>&1', program], { encoding: "utf8" });
  return (/\/([\d.]+)/.exec(said)?.[1] ?? "0").split(".").map(Number);
}

function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  const at = wanted.findIndex((number, index) => version[index] !== number);
  return at < 0 || (version[at] ?? 0) > (wanted[at] ?? 0);
}
