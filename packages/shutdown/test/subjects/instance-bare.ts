import { serveInstance } from './instance.ts'

// Node alone, as its documentation has it.
serveInstance((server) => {
  const stopping = { started: false }
  process.once('SIGTERM', () => {
    stopping.started = true
    server.close(() => process.exit(0))
  })
  return stopping
})
