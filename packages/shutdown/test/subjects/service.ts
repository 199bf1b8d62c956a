import { createShutdown } from '@breakwater/shutdown'

// What systemd runs: it does as it is told by its parent.

const shutdown = createShutdown({ drainDelayMs: 0 })
shutdown.add('slow', () => new Promise<void>((resolve) => void setTimeout(resolve, Number(process.env.HOOK_MS))))

process.on('message', (message: 'ready' | { readonly blockMs: number }) => {
  if (message === 'ready') return shutdown.ready()
  const until = performance.now() + message.blockMs
  while (performance.now() < until);
  process.send?.('done')
})
process.once('disconnect', () => process.exit(1)) // its parent is gone
process.send?.('loaded')
