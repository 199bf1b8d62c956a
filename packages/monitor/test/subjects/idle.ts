import { createMonitor } from '../../src/index.ts'

// Has nothing to do but watch itself.
const monitor = createMonitor()
process.stdout.write(`${monitor.level}\n`)
