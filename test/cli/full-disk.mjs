// Loaded before the program: its disk has room for DISK_BYTES bytes, and after that for none.
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

let room = Number(process.env.DISK_BYTES);
const { open } = promises;
promises.open = async (...args) => {
  const handle = await open(...args);
  const { writeFile } = handle;
  handle.writeFile = async (content) => {
    room -= Buffer.byteLength(content);
    if (room < 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return writeFile.call(handle, content);
  };
  return handle;
};
syncBuiltinESMExports();
