import { dirname } from "node:path";
import type { Config } from "../config/schema.ts";
import { backendsFor } from "../desired/backends.ts";
import { buildDesired } from "../desired/build.ts";
import { hostsOf } from "../desired/hosts.ts";
import type { Resolver } from "../dns/resolver.ts";
import type { NamespaceSnapshot, Note, ProxyDriver, RenderedFile } from "../model.ts";
import { buildTemplateData } from "../render/data.ts";
import type { Template, TemplateWorld } from "../render/engine.ts";
import { renderFile } from "../render/render.ts";

/** What `check` and `render` work with: the same stages as the real thing, without apply. */
export interface PreviewParts {
  readonly config: Config;
  readonly configFile: string;
  readonly template: Template;
  readonly snapshots: readonly NamespaceSnapshot[];
  readonly resolver: Resolver;
  readonly driver: ProxyDriver;
  readonly world: Omit<TemplateWorld, "now"> & { readonly ipv6: boolean };
  readonly hash: (text: string) => string;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The file that would be written, and what was refused on the way. */
export async function preview(
  parts: PreviewParts,
): Promise<{ readonly file: RenderedFile; readonly notes: readonly Note[] }> {
  const { config, snapshots, signal } = parts;
  const built = buildDesired(snapshots, config.namespaces);
  const { addresses, unresolved } = await parts.resolver.resolve(hostsOf(built.value), signal);
  const named = backendsFor(config, { desired: built.value, addresses });
  const { version } = await parts.driver.observe(signal);
  const data = buildTemplateData({
    config,
    desired: built.value,
    backends: named.backends,
    configFolder: dirname(parts.configFile),
    addresses,
    proxyVersion: version,
    ipv6: parts.world.ipv6,
  });
  const inputs = { template: parts.template, data, path: parts.configFile, world: parts.world, hash: parts.hash };
  const file = renderFile(inputs, { current: undefined, now: parts.now });
  const lost = unresolved.map((one): Note => ({ code: "host-unresolved", subject: one.host, message: one.reason }));
  return { file, notes: [...built.notes, ...named.notes, ...lost] };
}
