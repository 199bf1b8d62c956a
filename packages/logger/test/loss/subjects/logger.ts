import { createDestination, createLogger } from '../../../src/index.ts'
import { runSubject } from './run-subject.ts'

// A subject that writes through a logger, as applications do.

void runSubject((options) => {
  const destination = createDestination(options)
  const logger = createLogger({ destination })
  return {
    write: (line) => logger.info({ ...line }, 'line'),
    pendingBytes: () =>
      Number(destination.measure().find(({ name }) => name === 'log_destination_pending_bytes')?.value),
    close: () => destination.close(),
  }
})
