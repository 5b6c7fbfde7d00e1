import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../agent/clock.ts";
import { createDroveClient, type DroveClient } from "../../../agent/drove/client.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp, exposedHost } from "../../fake/exposed-app.ts";
import { configOf, namespaceOf } from "./config.ts";

type Keys = Readonly<Record<string, unknown>>;

const cleanups: (() => Promise<unknown>)[] = [];
const defaults = { api_timeout: 5, max_response_mb: 1 };

/** The app of every cluster that is not told otherwise. */
export const app = exposedApp({ name: "shop", hosts: [exposedHost(31_000)] });

/** Has something undone by `cleanUp`. */
export function later(clean: () => Promise<unknown>): void {
  cleanups.push(clean);
}

/** For `afterEach`: undoes everything, newest first. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean();
}

/** A client for a namespace called blue; an answer may have 1 MB. */
export function clientOf(namespace: Keys, settings: Keys = {}): DroveClient {
  const config = configOf({ namespaces: [{ name: "blue", ...namespace }], ...defaults, ...settings });
  const client = createDroveClient({ namespace: namespaceOf(namespace), settings: config, clock: systemClock() });
  later(client.close);
  return client;
}

/** A cluster, the URL of its leader, and a client for it. */
export async function started(
  options: { readonly cluster?: ClusterOptions; readonly namespace?: Keys; readonly settings?: Keys } = {},
) {
  const cluster = await startCluster({ apps: [app], ...options.cluster });
  later(cluster.stop);
  const client = clientOf({ drove: cluster.urls, ...options.namespace }, options.settings);
  return { cluster, url: urlOf(cluster), client };
}

export function urlOf(cluster: Cluster, index = 0): string {
  return cluster.controller(index).url;
}

/** Path of a new file with this text. */
export async function temporaryFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "drove-client-"));
  later(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "ca.pem"), text);
  return join(directory, "ca.pem");
}
