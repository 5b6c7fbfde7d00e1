import { parseLong } from "./long-template.ts";

// CPU time: what else the machine does must not count.
const before = process.threadCpuUsage();
parseLong();
const { user, system } = process.threadCpuUsage(before);
console.log((user + system) / 1000);
