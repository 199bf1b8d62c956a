import { existsSync, openSync, readSync, writeSync } from 'node:fs'

// Reads its standard input late and slowly, into a file:
//
//   node slow-reader.ts <file> <the file that tells it to begin>

const [file = '', signal = ''] = process.argv.slice(2)
const out = openSync(file, 'w')
const bytes = Buffer.alloc(16_384)
const cell = new Int32Array(new SharedArrayBuffer(4))
const wait = (ms: number): unknown => Atomics.wait(cell, 0, 0, ms)
const untilMs = Date.now() + 30_000
while (!existsSync(signal) && Date.now() < untilMs) wait(5)
for (let read = readSync(0, bytes); read > 0; read = readSync(0, bytes)) {
  writeSync(out, bytes, 0, read)
  wait(2)
}
