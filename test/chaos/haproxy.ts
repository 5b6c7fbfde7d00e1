import { haproxyMaster } from "../../agent/apply/haproxy-master.ts";
import { parseBackends, parseServersState } from "../../agent/apply/haproxy-state.ts";
import type { HaproxyGateway } from "../real/haproxy-gateway.ts";
import type { ProxyUnderTest } from "./proxy-under-test.ts";

/** The HAProxy of a gateway. */
export function haproxyUnderTest(gateway: HaproxyGateway, version: string): ProxyUnderTest {
  const { files } = gateway.haproxy();
  const within = () => ({ signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });
  return {
    name: `HAProxy ${version}`,
    platform: "haproxy",
    keepsConnections: true,
    configFile: files.config,
    configFolder: files.folder,
    async serving() {
      const [state = "", backends = ""] = await gateway.haproxy().tell("show servers state", "show backend");
      const all = new Map<string, number[]>();
      for (const name of parseBackends(backends)) if (name.endsWith(".test")) all.set(name, []);
      for (const { backend, port, admin } of parseServersState(state)) if (admin === 0) all.get(backend)?.push(port);
      for (const ports of all.values()) ports.sort((a, b) => a - b);
      return all;
    },
    isQuiet: async () => (await haproxyMaster(files.master).oldWorkers(within())) === 0,
    kill: () => gateway.haproxy().kill(),
    start: async () => void (await gateway.startHaproxy()),
    async killWorker() {
      process.kill(await gateway.haproxy().worker(), "SIGKILL");
      // The master ends with its worker, so that a supervisor starts both.
      await gateway.haproxy().kill();
      await gateway.startHaproxy();
    },
    reload: async () => void (await haproxyMaster(files.master).reload(within())),
    said: async () => gateway.haproxy().output(),
  };
}
