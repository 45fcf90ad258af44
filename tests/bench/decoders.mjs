// Read frames with both decoders a browser could have, and say how many each read, and how fast.
// Usage: node decoders.mjs FOLDER; FOLDER holds frames.json and raw RGBA files.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import decodeQR from "qr/decode.js";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const wasm = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
await prepareZXingModule({ overrides: { wasmBinary: await readFile(wasm) }, fireImmediately: true });

const folder = process.argv[2];
const { width, height, frames } = JSON.parse(await readFile(join(folder, "frames.json")));

const decoders = {
  qr: (image) => decodeQR(image, { timeLimit: 60 }),
  "zxing-wasm": async (image) => (await readBarcodes(image, { formats: ["QRCode"], maxNumberOfSymbols: 1 }))[0]?.text,
};

const found = {};
for (const [name, decode] of Object.entries(decoders)) {
  for (const { state, file, text } of frames) {
    const data = new Uint8ClampedArray(await readFile(join(folder, file)));
    const start = performance.now();
    const read = await Promise.resolve().then(() => decode({ width, height, data })).catch(() => null);
    const took = performance.now() - start;
    ((found[state] ??= {})[name] ??= []).push([read === text, took]);
  }
}
console.log(JSON.stringify(found));
