import { cardNumbers } from './card-numbers.ts'
import type { TextDetector } from './edits.ts'
import { jsonWebTokens } from './json-web-tokens.ts'
import { encodedLocations, locations } from './locations.ts'
import type { Detector } from './options.ts'
import { privateKeys } from './private-keys.ts'
import { basic, bearer } from './schemes.ts'

/** Those that run before values are looked for by their names. */
export const BEFORE_NAMES: readonly TextDetector[] = [privateKeys, locations, encodedLocations, cardNumbers]

/** Those that run after it. */
export const AFTER_NAMES: readonly TextDetector[] = [bearer, basic, jsonWebTokens]

/**
 * Finds tokens of well-known providers by how they begin, wherever they stand: GitHub, GitLab, Slack, Stripe, AWS,
 * Google, npm, OpenAI, Anthropic, SendGrid and Twilio's key ids. Not part of what always runs: each text is searched
 * for all of them. Add it as `detectors: [providerTokens]`.
 *
 * @see The providers' documentation, and GitHub's list of supported secret scanning patterns.
 */
export const providerTokens: Detector = {
  name: 'provider token',
  pattern: new RegExp(
    `(?<![A-Za-z0-9])(?:${[
      'gh[pousr]_[A-Za-z0-9]{20,255}',
      'github_pat_\\w{20,255}',
      'gl(?:pat|dt|rt|ptt|ft|soat|cbt)-[\\w-]{16,128}',
      'xox[abeoprs]-[\\w-]{10,255}',
      'xapp-[\\w-]{10,255}',
      '(?:[sr]k|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{16,255}',
      '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])',
      'AIza[\\w-]{35}',
      'GOCSPX-[\\w-]{20,64}',
      'ya29\\.[\\w-]{20,2048}',
      'npm_[A-Za-z0-9]{36}',
      'sk-(?:proj-|ant-)?[\\w-]{20,255}',
      'SG\\.[\\w-]{16,64}\\.[\\w-]{16,128}',
      'SK[0-9a-f]{32}(?![0-9a-f])',
      'hooks\\.slack\\.com/services/[\\w/]{20,128}',
    ].join('|')})`,
    'g',
  ),
}
