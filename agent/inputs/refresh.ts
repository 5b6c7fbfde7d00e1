import type { Inputs } from "../agent.ts";
import type { Wake } from "../clock.ts";
import { compareConfigs } from "../config/changes.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { AgentError } from "../errors.ts";
import type { Note } from "../model.ts";
import {
  compileTemplate,
  type EngineSettings,
  inputsOf,
  type LoadedTemplate,
  readSource,
  templatePath,
} from "./inputs.ts";

/** What reading the files again came to. Undefined means that this part went well. */
export interface Refreshed {
  readonly configError: unknown;
  readonly templateError: unknown;
  readonly notes: readonly Note[];
  /** Keys that took effect. */
  readonly changed: readonly string[];
  readonly templateChanged: boolean;
}

export interface RefresherOptions extends EngineSettings {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, from where it came. */
  readonly reload: () => Promise<LoadedConfig>;
  /** Called with what is in force from now on, whenever that changed. */
  readonly onInputs: (inputs: Inputs) => void;
  readonly onRefreshed: (refreshed: Refreshed) => void;
}

/** Keeps configuration and template as new as their files, and the last good ones where an edit is bad. */
export interface Refresher {
  /** Reads everything again. Never throws: `onRefreshed` tells what went wrong. */
  refresh(): Promise<Refreshed>;
  /** Refreshes whenever rung, until the signal aborts. */
  run(edited: Wake, signal: AbortSignal): Promise<void>;
  /** The files that count now. */
  files(): readonly string[];
}

/** Begins with a configuration that is good already; its template has yet to be read. */
export function createRefresher(options: RefresherOptions): Refresher {
  const memory = {
    config: options.loaded.config,
    configFiles: options.loaded.files,
    sourceNotes: options.loaded.notes,
    restartNotes: [] as readonly Note[],
    template: undefined as LoadedTemplate | undefined,
    /** Of the template that was read last, which may not be the last good one. */
    templateFiles: [] as readonly string[],
    isFirst: true,
  };

  async function refreshConfig(): Promise<Pick<Refreshed, "configError" | "changed">> {
    if (memory.isFirst) return { configError: undefined, changed: [] };
    try {
      const next = await options.reload();
      const { changed, needRestart, live } = compareConfigs(memory.config, next.config);
      memory.configFiles = next.files;
      memory.sourceNotes = next.notes;
      memory.restartNotes = needRestart.map(restartNote);
      const effective = changed.filter((key) => !needRestart.includes(key));
      if (effective.length > 0) memory.config = live;
      return { configError: undefined, changed: effective };
    } catch (configError) {
      return { configError, changed: [] };
    }
  }

  async function refreshTemplate(): Promise<Pick<Refreshed, "templateError" | "templateChanged">> {
    try {
      const read = await readSource(memory.config, options);
      memory.templateFiles = read.files;
      const next = compileTemplate(read, memory.template);
      const templateChanged = next.templateId !== memory.template?.templateId;
      memory.template = next;
      return { templateError: undefined, templateChanged };
    } catch (templateError) {
      return { templateError, templateChanged: false };
    }
  }

  async function refresh(): Promise<Refreshed> {
    const config = await refreshConfig();
    const template = await refreshTemplate();
    const { changed } = config;
    const { templateChanged } = template;
    memory.isFirst = false;
    const isNew = templateChanged || changed.length > 0;
    if (isNew && memory.template !== undefined)
      options.onInputs(inputsOf(memory.config, memory.template, options.hash));
    const refreshed = { ...config, ...template, notes: [...memory.sourceNotes, ...memory.restartNotes] };
    options.onRefreshed(refreshed);
    return refreshed;
  }

  return {
    refresh,
    async run(edited, signal) {
      await edited.wait(signal);
      while (!signal.aborted) {
        const isUnread = hasUnread(await refresh());
        await edited.wait(signal, isUnread ? retryMs : undefined);
      }
    },
    // A template that is named but cannot be read yet is watched too.
    files: () => [
      ...new Set([
        ...memory.configFiles,
        ...memory.templateFiles,
        templatePath(memory.config, options.shippedFolder),
        ...certificateFiles(memory.config),
      ]),
    ],
  };
}

/** The API's, as it has them now: they are renewed in place. */
function certificateFiles({ port_use_tls, port_tls_certfile, port_tls_keyfile }: Config): readonly string[] {
  return port_use_tls ? [port_tls_certfile, port_tls_keyfile] : [];
}

/** What could not be read may be readable soon, and nothing tells: no descriptor was left, a disk did not answer. */
function hasUnread({ configError, templateError }: Refreshed): boolean {
  return [configError, templateError].some((error) => error instanceof AgentError && /-unreadable$/.test(error.code));
}

/** Of what could not be read, in ms. */
const retryMs = 5000;

function restartNote(key: string): Note {
  return {
    code: "restart-needed",
    subject: key,
    message: `${key} has changed, but counts only after a restart of the agent`,
  };
}
