import { readFile } from "node:fs/promises";
import { withoutBrackets } from "../address.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import { type AppList, readApps, readEndpoints } from "../drove/schema.ts";
import { AgentError, messageOf } from "../errors.ts";
import type { NamespaceSnapshot } from "../model.ts";
import type { Recorded } from "./arguments.ts";

/**
 * Snapshots from recorded answers of `/apis/v1/endpoints`, whole or only their `data`. The first controller of each
 * namespace stands for its leader. A namespace without a file has no apps.
 */
export async function readRecorded(
  recorded: readonly Recorded[],
  namespaces: readonly NamespaceConfig[],
): Promise<readonly NamespaceSnapshot[]> {
  const unknown = recorded.find((one) => namespaces.every((config) => config.name !== one.namespace));
  if (unknown !== undefined) {
    const known = namespaces.map((config) => config.name).join(", ");
    throw new AgentError("usage", `--endpoints ${unknown.namespace}=…: there is no such namespace, only ${known}`);
  }
  return await Promise.all(
    namespaces.map(async (config): Promise<NamespaceSnapshot> => {
      const file = recorded.find((one) => one.namespace === config.name)?.file;
      const apps = file === undefined ? { value: [], notes: [] } : await readFileOfApps(file);
      const endpoint = config.drove[0] ?? "";
      const { hostname, port, protocol } = new URL(endpoint);
      const leader = {
        endpoint,
        host: withoutBrackets(hostname),
        port: Number(port) || (protocol === "https:" ? 443 : 80),
      };
      return { namespace: config.name, apps: apps.value, notes: apps.notes, leader, fetchedAt: 0, source: "disk" };
    }),
  );
}

async function readFileOfApps(file: string): Promise<AppList> {
  try {
    const text = await readFile(file, "utf8");
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? readApps(parsed) : readEndpoints(text);
  } catch (cause) {
    throw new AgentError("usage", `--endpoints: cannot use ${file}: ${messageOf(cause)}`, { cause });
  }
}
