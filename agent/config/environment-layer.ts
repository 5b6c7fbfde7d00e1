import type { Note } from "../model.ts";
import type { EnvironmentSettings, Setting } from "./environment.ts";
import { emptyLayer, type Layer, type Origin, overlay, problemsError, type RawTable } from "./layer.ts";

/** Where the internal API listens in environment mode: a container's own loopback would reach nobody. */
const containerAddress = "0.0.0.0";

/** What holds in environment mode below the image's defaults. */
export function environmentBase(): Layer {
  return { ...emptyLayer("environment"), values: { address: containerAddress } };
}

/** The one namespace of environment mode. Throws when two variables set the same key. */
export function environmentNamespace(settings: EnvironmentSettings): Layer {
  const all = [...settings.cluster, ...settings.namespace];
  refuseDoubles(all);
  const isSet = (...keys: readonly string[]) => all.some((setting) => keys.includes(setting.key));
  const hasToken = isSet("access_token", "access_token_file");
  const table = {
    name: "default",
    // Drove's own default user. A token is a credential of its own: nothing is sent besides it.
    ...(!hasToken && !isSet("user", "user_file") && { user: "guest" }),
    ...(!hasToken && !isSet("pass", "pass_file") && { pass: "guest" }),
    ...tableOf(all),
  };
  return {
    ...emptyLayer("environment"),
    values: { namespaces: [table], legacy_flat: false },
    origins: namespaceOrigins(all),
  };
}

/** Puts the `DROVE_GATEWAY_…` keys and the template of the environment over a file. */
export function overlayEnvironment(layer: Layer, settings: EnvironmentSettings): Layer {
  const own = overlay(layer, { ...topLevelLayer(settings.topLevel), source: layer.source });
  const withNotes = { ...own, notes: [...own.notes, ...settings.notes] };
  return withTemplate(withNotes, settings);
}

/** In file mode: variables of a namespace fit a file with one namespace; those of environment mode are ignored. */
export function overlayNamespace(layer: Layer, settings: EnvironmentSettings): Layer {
  const notes = settings.cluster.map((setting) => ignored(setting, `because ${layer.source} is used; unset it`));
  const noted = { ...layer, notes: [...layer.notes, ...notes] };
  const namespaces: unknown = layer.values["namespaces"];
  const [only] = Array.isArray(namespaces) && namespaces.length === 1 ? (namespaces as readonly unknown[]) : [];
  if (settings.namespace.length === 0) return noted;
  if (typeof only !== "object" || only === null) {
    const why = "because it is a key of a namespace and the file has not exactly one; set it in the file";
    return { ...noted, notes: [...noted.notes, ...settings.namespace.map((setting) => ignored(setting, why))] };
  }
  const replaced = new Map([...noted.origins, ...namespaceOrigins(settings.namespace)]);
  return {
    ...noted,
    values: { ...noted.values, namespaces: [{ ...only, ...tableOf(settings.namespace) }] },
    origins: replaced,
  };
}

function withTemplate(layer: Layer, settings: EnvironmentSettings): Layer {
  if (settings.templateFile === undefined) return layer;
  const platform = String(layer.values["proxy_platform"] ?? "nginx").toLowerCase();
  const key = platform === "haproxy" ? "haproxy_template" : "nginx_template";
  // The variable that names the key itself says it more exactly.
  if (settings.topLevel.some((setting) => setting.key === key)) return layer;
  const setting = { key, value: settings.templateFile, variable: "TEMPLATE_FILE_PATH" };
  return overlay(layer, { ...topLevelLayer([setting]), source: layer.source });
}

function topLevelLayer(settings: readonly Setting[]): Layer {
  return { ...emptyLayer("environment"), values: tableOf(settings), origins: originsOf(settings, "") };
}

function namespaceOrigins(settings: readonly Setting[]): ReadonlyMap<string, Origin> {
  return originsOf(settings, "namespaces.0.");
}

function originsOf(settings: readonly Setting[], above: string): ReadonlyMap<string, Origin> {
  return new Map(
    settings.flatMap(({ key, value, variable }) => {
      const elements = Array.isArray(value) ? [...value.keys()] : [];
      const origin: Origin = { kind: "variable", name: variable };
      return [`${above}${key}`, ...elements.map((index) => `${above}${key}.${index}`)].map(
        (at) => [at, origin] as const,
      );
    }),
  );
}

function tableOf(settings: readonly Setting[]): RawTable {
  return Object.fromEntries(settings.map((setting) => [setting.key, setting.value]));
}

function refuseDoubles(settings: readonly Setting[]): void {
  const seen = new Map<string, string>();
  for (const { key, variable } of settings) {
    const first = seen.get(key);
    if (first !== undefined) throw problemsError([`${variable}: says the same as ${first}; set only one of them`]);
    seen.set(key, variable);
  }
}

function ignored(setting: Setting, why: string): Note {
  return { code: "config-ignored", subject: setting.variable, message: `${setting.variable}: is ignored, ${why}` };
}
