/** Loaded before the server: it is told to stop when whoever started it is gone, however that came. */
const LOOK_EVERY_MS = 500

const parent = process.ppid
const timer = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(timer)
  process.kill(process.pid, 'SIGTERM')
}, LOOK_EVERY_MS).unref()
