import assert from 'node:assert/strict'

const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }

// #region
import { createLogger, providerTokens } from '@breakwater/logger'

const logger = createLogger({
  service: 'clinic',
  destination,
  redact: {
    secretNames: ['diagnosis'], // also as patientDiagnosis, at any depth
    plainNames: ['token'], // of a parser, in this service; accessToken stays a secret
    detectors: [{ name: 'patient', pattern: /\bP-\d{6}\b/g }, providerTokens],
  },
})

logger.info({ headers: { authorization: 'Bearer abc' }, url: 'https://ada:pw@db.example/?access_token=abc' }, 'asked')
logger.info({ patient: { diagnosis: 'flu', accessToken: 'abc' }, token: 'if' }, 'P-004711 came')
// #endregion

await logger.close()
const [asked, came] = lines
assert.deepEqual(asked?.headers, { authorization: '[redacted]' })
assert.equal(asked?.url, 'https://[redacted]@db.example/?access_token=[redacted]')
assert.deepEqual(came?.patient, { diagnosis: '[redacted]', accessToken: '[redacted]' })
assert.deepEqual([came?.token, came?.msg], ['if', '[redacted patient] came'])
