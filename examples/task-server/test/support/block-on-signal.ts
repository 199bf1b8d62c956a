/** Loaded before the server: lets a signal block its main loop for as long as `BLOCK_MS` says. */
const forMs = Number(process.env.BLOCK_MS)

process.on('SIGUSR2', () => {
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs);
})
