#!/usr/bin/env node
import { runCli } from './run-cli.ts'

runCli(process.argv.slice(2), process.env).then(({ code, line }) => {
  // What hangs must not keep it alive.
  const end = (): never => process.exit(code)
  if (line === undefined) end()
  else (code === 0 ? process.stdout : process.stderr).write(`${line}\n`, end)
}, console.error)
