import { createShutdown } from '@breakwater/shutdown'
import { serveInstance } from './instance.ts'

serveInstance((server) => createShutdown({ drainDelayMs: Number(process.env.DELAY_MS) }).serve(server))
