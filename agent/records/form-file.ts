import { mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { onDisk } from "../apply/disk.ts";
import { writeInOneStep } from "../apply/write-in-one-step.ts";
import { isMissing } from "../errors.ts";
import type { KeptForm } from "../quarantine/kept-form.ts";

/** Keeps the accepted forms of apps in quarantine over a restart. Both throw an AgentError("disk-failed"). */
export interface FormFile {
  /** Empty if nothing was kept. What is cut, corrupt or of another version is an error. */
  load(): Promise<readonly KeptForm[]>;
  /** Replaces what was kept. Of more than the file may hold, the last ones are left out: returns how many were kept. */
  save(forms: readonly KeptForm[]): Promise<number>;
}

const schemaVersion = 1;
/** A file of more is none of ours. */
const mostBytes = 16 * 1024 * 1024;

const schema = v.object({
  schemaVersion: v.literal(schemaVersion, "it is of another version of the agent"),
  forms: v.array(
    v.object({
      namespace: v.string(),
      since: v.number(),
      app: v.object({
        appName: v.string(),
        appId: v.string(),
        vhost: v.string(),
        tags: v.record(v.string(), v.string()),
        hosts: v.array(v.object({ host: v.string(), port: v.pipe(v.number(), v.integer()), portType: v.string() })),
      }),
    }),
  ),
});

/** `quarantine/forms.json` in the directory for state: no namespace has a file of that name. */
export function createFormFile(
  directory: string,
  { timeoutMs, limitBytes = mostBytes }: { readonly timeoutMs: () => number; readonly limitBytes?: number },
): FormFile {
  const path = join(directory, "quarantine", "forms.json");
  const disk = <T>(what: string, work: () => Promise<T>) => onDisk(what, { timeoutMs: timeoutMs(), path }, work);
  // A write that hangs cannot be stopped: no other one is begun, they would use up all of Node's threads for files.
  const state = { isWriting: false };
  return {
    load: () => disk("read", () => load(path, limitBytes)),
    save: (forms) =>
      disk("write", async () => {
        if (state.isWriting) throw new Error("the write before this one still hangs");
        state.isWriting = true;
        try {
          return await save(path, { forms, limitBytes });
        } finally {
          state.isWriting = false;
        }
      }),
  };
}

async function save(
  path: string,
  { forms, limitBytes }: { readonly forms: readonly KeptForm[]; readonly limitBytes: number },
): Promise<number> {
  const texts = fitting(forms, limitBytes);
  const text = `{"schemaVersion":${schemaVersion},"forms":[${texts.join(",\n")}]}\n`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStaged(path);
  await writeInOneStep(path, text, {
    async finish(file) {
      await file.chmod(0o600);
      await file.sync();
    },
  });
  return texts.length;
}

/** As many as fit, with room for what is around them. */
function fitting(forms: readonly KeptForm[], limitBytes: number): readonly string[] {
  let left = limitBytes - 100;
  const texts: string[] = [];
  for (const { namespace, since, app } of forms) {
    const { appName, appId, vhost, tags, hosts } = app;
    const text = JSON.stringify({ namespace, since, app: { appName, appId, vhost, tags, hosts } });
    left -= Buffer.byteLength(text) + 2;
    if (left < 0) break;
    texts.push(text);
  }
  return texts;
}

/** What an agent left that was killed while it wrote. */
async function removeStaged(path: string): Promise<void> {
  const names = await readdir(dirname(path));
  for (const name of names) if (name.startsWith(".forms.json.tmp-")) await rm(join(dirname(path), name));
}

async function load(path: string, limitBytes: number): Promise<readonly KeptForm[]> {
  const text = await read(path, limitBytes).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(undefined, "it is not JSON"), schema), text, {
    abortEarly: true,
  });
  if (!result.success) throw new Error(`it is cut or corrupt: ${result.issues[0].message}`);
  return result.output.forms;
}

async function read(path: string, limitBytes: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > limitBytes) throw new Error(`it has ${size} bytes, more than the agent ever writes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
