import type { Clock } from "../clock.ts";
import type { ApplyReport, RenderedFile } from "../model.ts";
import type { Probe } from "./nginx-probe.ts";
import { directivesOf } from "./nginx-process.ts";
import { proveReload } from "./nginx-proof.ts";
import type { NginxSettings } from "./nginx-settings.ts";
import type { TrialService } from "./proxy-service.ts";
import { stageFile } from "./staged-files.ts";

interface FirstStartParts {
  readonly settings: () => NginxSettings;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly service: TrialService | undefined;
}

/** Undefined if nginx did not come up with this file: then nothing runs, and all is as before. */
type FirstStart = (file: RenderedFile, signal: AbortSignal) => Promise<ApplyReport | undefined>;

/**
 * Starts nginx for the first time, without `nginx -t` before. Where nothing runs, a start is its own check: nginx reads
 * the file either way, and serves nothing of one it refuses. So a container serves 40 ms sooner. It is tried once; why
 * it failed is found out by the usual way, which begins with `nginx -t`.
 */
export function createFirstStart(parts: FirstStartParts): FirstStart {
  const { clock, service } = parts;
  let tried = false;
  return async (file, signal) => {
    // Nothing else proves that what answers is this nginx, and not another one with the same status address.
    if (tried || service === undefined || !file.carriesGeneration) return undefined;
    tried = true;
    const settings = parts.settings();
    const begun = clock.monotonic();
    const staged = await stageFile(file, { timeoutMs: settings.diskTimeoutMs, onDiskBy: "settle" });
    await staged.promote();
    const trial = await service.tryOut(file.path, directivesOf(file.text), signal);
    const proof = await proveReload(parts, {
      file,
      statusAddress: settings.statusAddress,
      master: undefined,
      before: undefined,
      withinMs: settings.checkTimeoutMs,
      ended: trial.ended,
      signal,
    });
    if (proof === undefined) {
      await trial.stop(signal);
      await staged.rollback();
      return undefined;
    }
    await service.keep(signal);
    await staged.settle();
    const reload = Math.round(clock.monotonic() - begun);
    return { generation: file.generation, proof, tookMs: { check: 0, reload }, failed: [] };
  };
}
