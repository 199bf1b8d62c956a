import { createDestination } from '../../../src/lib/destination/destination.ts'
import { runSubject } from './run-subject.ts'

// A subject that writes to a destination by itself.

void runSubject((options) => {
  const destination = createDestination(options)
  return {
    write: (line) => destination.write(`${JSON.stringify(line)}\n`),
    pendingBytes: () =>
      Number(destination.measure().find(({ name }) => name === 'log_destination_pending_bytes')?.value),
    close: () => destination.close(),
  }
})
