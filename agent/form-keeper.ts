import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { errorFacts, type Logger } from "./log.ts";
import type { KeptForm } from "./quarantine/kept-form.ts";
import { createFormFile, type FormFile } from "./records/form-file.ts";

/** Brings what is served of apps in quarantine to disk, behind the scenes. */
export interface FormKeeper {
  /** What an earlier agent kept; nothing if that cannot be read. */
  restore(): Promise<readonly KeptForm[]>;
  /** Keeps these, and no others; soon, and again after a while if it fails. */
  keep(forms: readonly KeptForm[]): void;
  /** Resolves when what is to be kept is on disk, or has failed once more. */
  stop(): Promise<void>;
}

const retryMs = 10_000;

/** `file` is undefined where no state is kept. */
export function createFormKeeper(parts: {
  readonly file: FormFile | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}): FormKeeper {
  const { file, clock, log } = parts;
  const stopping = new AbortController();
  const state = {
    waiting: undefined as readonly KeptForm[] | undefined,
    running: undefined as Promise<void> | undefined,
    hasFailed: false,
  };

  async function save(forms: readonly KeptForm[], to: FormFile): Promise<boolean> {
    try {
      const count = await to.save(forms);
      if (count < forms.length)
        log.warn("not all forms of apps in quarantine fit on disk", { left: forms.length - count });
      if (state.hasFailed) log.info("what is served of apps in quarantine is kept on disk again");
      state.hasFailed = false;
    } catch (error) {
      if (!state.hasFailed)
        log.warn(
          "what is served of apps in quarantine is not kept on disk, a restart may leave them out",
          errorFacts(error),
        );
      state.hasFailed = true;
    }
    return !state.hasFailed;
  }

  async function saveAll(to: FormFile): Promise<void> {
    while (state.waiting !== undefined) {
      const forms = state.waiting;
      state.waiting = undefined;
      if (await save(forms, to)) continue;
      if (stopping.signal.aborted) break;
      state.waiting ??= forms;
      await clock.sleep(retryMs, stopping.signal);
    }
    state.running = undefined;
  }

  return {
    async restore() {
      try {
        return (await file?.load()) ?? [];
      } catch (error) {
        log.warn(
          "what was served of apps in quarantine cannot be read, they are left out if they are still refused",
          errorFacts(error),
        );
        return [];
      }
    },
    keep(forms) {
      if (file === undefined) return;
      state.waiting = forms;
      state.running ??= saveAll(file);
    },
    async stop() {
      stopping.abort();
      await state.running;
    },
  };
}

/** Undefined where no state is kept. */
export function formFileOf(config: () => Config): FormFile | undefined {
  const { state_persistence_enabled, state_persistence_dir } = config();
  if (!state_persistence_enabled) return undefined;
  return createFormFile(state_persistence_dir, { timeoutMs: () => config().disk_io_timeout_sec * 1000 });
}
