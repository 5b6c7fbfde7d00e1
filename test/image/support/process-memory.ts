import { open, readFile } from "node:fs/promises";
import { type Container, docker } from "./container.ts";
import { eventually } from "./eventually.ts";

/**
 * Everything that the processes of the container whose title begins so hold in writable memory, environment included.
 * nginx writes its title over what /proc/PID/environ shows, so that its environment cannot be looked up there. Needs root.
 */
export async function writableMemoryOf(container: Container, title: string): Promise<Buffer> {
  // A reload ends workers: those that were listed may be gone.
  return await eventually(`the memory of ${title}`, async () => {
    const pids = await hostPidsOf(container, title);
    return Buffer.concat(await Promise.all(pids.map(memoryOf)));
  });
}

async function memoryOf(pid: number): Promise<Buffer> {
  const maps = await readFile(`/proc/${pid}/maps`, "utf8");
  const memory = await open(`/proc/${pid}/mem`);
  try {
    const regions = maps.split("\n").flatMap(writableRegion);
    return Buffer.concat(await Promise.all(regions.map((region) => readRegion(memory, region))));
  } finally {
    await memory.close();
  }
}

async function hostPidsOf(container: Container, title: string): Promise<readonly number[]> {
  const list = await docker("top", container.id, "-eo", "pid,args");
  const lines = list.split("\n").filter((one) =>
    one
      .trim()
      .replace(/^\d+\s+/, "")
      .startsWith(title),
  );
  if (lines.length === 0) throw new Error(`no process "${title}" in:\n${list}`);
  return lines.map((line) => Number.parseInt(line, 10));
}

const pageBytes = 4096;

interface Region {
  readonly start: number;
  readonly length: number;
}

/** `55d0c0a00000-55d0c0a21000 rw-p … [heap]` */
function writableRegion(line: string): readonly Region[] {
  const match = /^([0-9a-f]+)-([0-9a-f]+) rw-p/.exec(line);
  if (match === null) return [];
  const [start, end] = [Number.parseInt(match[1] ?? "", 16), Number.parseInt(match[2] ?? "", 16)];
  return [{ start, length: end - start }];
}

type Memory = Awaited<ReturnType<typeof open>>;

/** The guard pages of a thread's stack stand in a region that is writable, but cannot be read. */
async function readRegion(memory: Memory, region: Region): Promise<Buffer> {
  const whole = await readBytes(memory, region);
  if (whole !== undefined) return whole;
  const pages = Array.from({ length: region.length / pageBytes }, (_, page) => page * pageBytes);
  const read = (offset: number) => readBytes(memory, { start: region.start + offset, length: pageBytes });
  return Buffer.concat((await Promise.all(pages.map(read))).filter((page) => page !== undefined));
}

async function readBytes(memory: Memory, { start, length }: Region): Promise<Buffer | undefined> {
  try {
    const { buffer, bytesRead } = await memory.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}
