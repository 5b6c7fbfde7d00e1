import type { Config } from "../config/schema.ts";
import { buildDesired } from "../desired/build.ts";
import { hostNamesOf } from "../desired/hosts.ts";
import type { Resolver } from "../dns/resolver.ts";
import type { NamespaceSnapshot, Note, ProxyDriver } from "../model.ts";
import type { Template, TemplateWorld } from "../render/engine.ts";
import { type Made, makeFile } from "../stages.ts";

/** What `check` and `render` work with: the same stages as the real thing, without apply. */
export interface PreviewParts {
  readonly config: Config;
  readonly configFile: string;
  readonly template: Template;
  readonly snapshots: readonly NamespaceSnapshot[];
  readonly resolver: Resolver;
  readonly driver: Pick<ProxyDriver, "observe">;
  readonly world: Omit<TemplateWorld, "now"> & { readonly ipv6: boolean };
  readonly hash: (text: string) => string;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The file that would be written, and what was refused on the way. */
export async function preview(parts: PreviewParts): Promise<Pick<Made, "file" | "backends" | "notes">> {
  const { config, snapshots, signal } = parts;
  const built = buildDesired(snapshots, config.namespaces);
  const { addresses, unresolved } = await parts.resolver.resolve(hostNamesOf(built.value), signal);
  const running = await parts.driver.observe(signal);
  const { file, backends, notes } = makeFile({
    ...parts,
    desired: built.value,
    addresses,
    running: { ...running, file: undefined },
  });
  const lost = unresolved.map(({ host, reason }): Note => {
    return { code: "host-unresolved", subject: host, message: `its name does not resolve (${reason})` };
  });
  return { file, backends, notes: [...built.notes, ...notes, ...lost] };
}
