import { inBrackets } from "../address.ts";
import type { Cycle } from "../agent.ts";
import { memberUrl } from "../member-url.ts";
import type { Vhost } from "../model.ts";

/** One instance of a vhost, and whether the proxy has it. */
export interface MemberState {
  readonly url: string;
  /** IP address; absent if its name does not resolve. */
  readonly address?: string;
  /** HAProxy is taken at its word; of nginx it is the configuration in use that counts. */
  readonly proxy: "has it" | "leaving" | "maintenance" | "does not have it";
}

/** Says of any vhost which of its instances the proxy has, by what it was last seen to have. */
export function memberStates(cycle: Cycle | undefined): (vhost: Vhost) => readonly MemberState[] {
  const { runtime, file } = cycle?.running ?? {};
  const inFile = runtime === undefined ? addressesIn(file?.text ?? "") : new Set<string>();
  const serversOf = Map.groupBy(runtime?.servers ?? [], (server) => server.backend);
  const backendsOf = Map.groupBy(cycle?.made?.backends ?? [], (backend) => backend.vhost);
  return (vhost) => {
    const servers = (backendsOf.get(vhost.name) ?? []).flatMap((backend) => serversOf.get(backend.name) ?? []);
    const states = new Map(servers.map((server) => [`${server.address}:${server.port}`, server.state]));
    return vhost.members.map((member) => {
      const url = memberUrl(member);
      const address = cycle?.resolution?.addresses.get(member.host);
      if (address === undefined) return { url, proxy: "does not have it" };
      const state = states.get(`${address}:${member.port}`);
      const has = runtime === undefined ? inFile.has(`${inBrackets(address)}:${member.port}`) : state !== undefined;
      if (!has) return { url, address, proxy: "does not have it" };
      return { url, address, proxy: state === undefined || state === "serving" ? "has it" : state };
    });
  };
}

/** Every `ADDRESS:PORT` of a configuration. */
function addressesIn(text: string): ReadonlySet<string> {
  return new Set(text.match(/(?:\[[\da-f:.]+\]|\d+(?:\.\d+){3}):\d+/gi));
}
