import { apiFailure, type Bounds, converse, type Peer } from "./haproxy-connection.ts";

/** The master of `haproxy -W -S PATH`. */
export interface MasterCli {
  /**
   * Returns when the new worker serves or has failed. `log` is what HAProxy said while it started. Before 2.7 the master
   * gives no verdict: that is `ok` with an empty log, and what serves then has to be asked for.
   */
  reload(bounds: Bounds): Promise<{ readonly ok: boolean; readonly log: string }>;
  /** Workers that only finish what is in flight. */
  oldWorkers(bounds: Bounds): Promise<number>;
}

/** Talks to the master CLI; every command has a connection of its own, which the master closes at its end. */
export function haproxyMaster(path: string): MasterCli {
  const peer: Peer = { address: path, key: "haproxy_master_socket" };
  const command = (text: string, bounds: Bounds) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const said: string[] = [];
    const listener = { take: (chunk: string) => void said.push(chunk), end: () => resolve(said.join("")) };
    return converse(peer, { ...bounds, listener }, (speaker) => {
      speaker.writeLast(`${text}\n`);
      return promise;
    });
  };
  return {
    async reload(bounds) {
      const answer = await command("reload", bounds);
      if (answer.trim() === "") return { ok: true, log: "" };
      const { verdict, log = "" } = /^Success=(?<verdict>[01])\n(?:--\n(?<log>.*))?$/s.exec(answer)?.groups ?? {};
      if (verdict === undefined) throw strange(peer, answer);
      return { ok: verdict === "1", log: log.trim() };
    },
    async oldWorkers(bounds) {
      const answer = await command("show proc", bounds);
      if (!/^#<PID>/.test(answer)) throw strange(peer, answer);
      return countOldWorkers(answer);
    },
  };
}

function strange(peer: Peer, answer: string) {
  const said = JSON.stringify(answer.slice(0, 100));
  return apiFailure(peer, `does not speak like a master CLI: it says ${said}; correct haproxy_master_socket`);
}

/** Since 3.1 a refused reload leaves all workers under `# old workers`: the youngest of them is the one that serves. */
function countOldWorkers(answer: string): number {
  const counts = { current: 0, old: 0 };
  let section = "";
  for (const line of answer.split("\n")) {
    if (line.startsWith("#")) section = line.trim();
    if (!/^\d+\s+worker\b/.test(line)) continue;
    if (section === "# old workers") counts.old += 1;
    else counts.current += 1;
  }
  return counts.current === 0 ? Math.max(0, counts.old - 1) : counts.old;
}
