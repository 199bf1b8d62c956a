/*
 * Words of names, in lower case. Why each list is there stands at `createNames`.
 */

function listed(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/))
}

/** A secret wherever they stand, in the singular. */
export const ALWAYS: ReadonlySet<string> = listed(`
  passwd pwd passphrase passcode secret authorization authorisation credential cred jwt jwe cvv cvc ssn
  apikey accesskey privatekey privkey secretkey signingkey encryptionkey sharedkey masterkey accountkey connectionstring
  sessionid sessid cardnumber creditcard debitcard mnemonic totp samlresponse samlassertion
`)

/** A secret wherever one of these is a part of a word. */
export const WITHIN: RegExp =
  /password(?!less)|passwd|passphrase|(?:secret|credentials?|apikey|accesskey|secretkey|privatekey|sessionid|sessid|connectionstring)$/

/** A secret at the end of a name, or before one of {@link VALUES}. */
export const ENDING: RegExp = /tokens?$|^o?auth$|^(?:auth|session)?cookies?$|^(?:otp|csrf|xsrf|signature|bearer|sid)$/

/** What may follow {@link ENDING}. */
export const VALUES: ReadonlySet<string> = listed(`
  value values hash hashes hashed hex digest header headers id ids data string str raw plain text encrypted enc key keys
  code codes secret base jar new old current previous prev next backup primary secondary copy param parameter bytes content
`)

/** A secret only at the end of a name. */
export const LAST: ReadonlySet<string> = listed('pass sig dsn')

/** A secret only if they are the whole name. */
export const ALONE: ReadonlySet<string> = listed('pin pan')

/** Two words that name a secret together, the second in the singular. */
export const PAIRS: ReadonlySet<string> = new Set([
  ...[
    ...listed(`
    api access private priv signing encryption decryption master account shared storage subscription functions service
    deploy ssh hmac auth authentication app application server client consumer wrapping cipher crypto symmetric aes rsa
    pgp gpg tls ssl session
  `),
  ].map((word) => `${word} key`),
  ...[...listed('security verification recovery backup auth access login device pin card otp')].map(
    (word) => `${word} code`,
  ),
  ...[...listed('card user new old current')].map((word) => `${word} pin`),
  'session id',
  'sess id',
  'card number',
  'card no',
  'card num',
  'card pan',
  'pin number',
  'credit card',
  'debit card',
  'connection string',
  'conn string',
  'conn str',
  'seed phrase',
  'recovery phrase',
  'social security',
  'code verifier',
])

/** What a name begins with that asks or counts. */
export const BEFORE: ReadonlySet<string> = listed(`
  has have is was had should can must needs requires require no without max min num number count total allow enable
  disable supports
`)

/** What a name ends with that tells about a secret. */
export const AFTER: ReadonlySet<string> = listed(`
  count counts length len size limit limits max min used remaining at in on by date time ms seconds days age expiry
  expires expired expiration ttl type kind policy strength score algorithm alg version required enabled disabled valid
  invalid missing present matches status name names label field fields placeholder file path dir folder provider issuer
  audience endpoint attempts retries failures mode format encoding rule rules requirements stdin manager
`)

/** What makes `tokens` a number of them. */
export const COUNTS: ReadonlySet<string> = listed(`
  max min num number total count prompt completion input output used remaining cached reasoning per limit budget left
  available
`)

/** A secret only in the query of a URL, as words. */
export const QUERY: ReadonlySet<string> = new Set([
  'key',
  'code',
  'session',
  'sess',
  'hmac',
  'assertion',
  'client assertion',
  'samlrequest',
  'samlart',
  'saml request',
  'saml response',
])

/** One of these is in each name that is a secret. Grouped by first letters, which takes half the time. */
export const STEMS: readonly string[] = [
  'p(?:ass|wd|in|an|hrase)',
  's(?:ecret|sn|ess|id|ig|ocial|aml)',
  'to(?:ken|tp)',
  'a(?:uth|ssertion)',
  'c(?:red|v[vc]|ookie|ard|ode|srf|onn(?:ection)?[ _-]?str)',
  'jw[te]',
  'otp',
  'key',
  'dsn',
  'xsrf',
  'bearer',
  'mnemonic',
  'hmac',
]
