/** Names whose values are secrets. */
export const SECRET_NAMES: readonly string[] = `
  password Password PASSWORD passwd userPasswd pwd PWD passphrase passcode pass dbPass db_pass SMTP_PASS dbPass2 user.pass
  password1 newPassword old_password password_confirmation passwordHash password-hash DB_PASSWORD DBPASSWORD dbpassword
  userpassword user.password users[0].password body.user.credentials.password passwords htpasswd
  secret secrets clientSecret client_secret CLIENT-SECRET clientsecret secretKey secretValue aws_secret_access_key
  token tokens accessToken access_token accesstoken ACCESS_TOKEN refreshToken idToken authToken x-auth-token csrfToken
  tokenValue tokenHash token_id token2 oauth2Token apitoken X-Amz-Security-Token
  authorization Authorization AUTHORIZATION req.headers.authorization headers[authorization] proxy-authorization
  auth basicAuth proxy_auth x-auth authHeader authCode oauth auth.token auth.header
  cookie cookies Cookie set-cookie Set-Cookie setCookie sessionCookie cookieHeader cookieValue res.headers.set-cookie
  credential credentials awsCredentials creds X-Amz-Credential jwt jwtSecret userJwt otp totp otpCode mfaOtp
  cvv cvc cardCvv cvv2 pin user.pin PIN pinCode cardPin ssn userSsn social_security_number
  apiKey api_key APIKey apikey x-api-key X-API-KEY xapikey apiKeys api.key accessKey accessKeyId AWS_ACCESS_KEY_ID
  privateKey private_key PRIVATE_KEY privatekey sshKey secretkey signingKey signing_key encryptionKey encryption-key masterKey
  subscription-key Ocp-Apim-Subscription-Key AccountKey SharedAccessKey sessionKey
  sessionId session_id SESSION_ID sessionid sid connect.sid PHPSESSID JSESSIONID ASP.NET_SessionId session.id
  cardNumber card_number cardnumber creditCard credit-card creditcard pan card.pan connectionString connection_string dsn SENTRY_DSN
  signature sig x-hub-signature-256 X-Amz-Signature csrf _csrf x-xsrf xsrf-token bearer
  recoveryCode recovery_codes verificationCode securityCode seedPhrase mnemonic code_verifier
`
  .trim()
  .split(/\s+/)
  .concat('API key', 'card number')

/** Names whose values are none. */
export const PLAIN_NAMES: readonly string[] = `
  tokenCount maxTokens max_tokens tokensUsed tokens_used promptTokens totalTokens token_count tokensPerSecond numberOfTokens
  passed passing passenger passengers bypass compass passive passport passRate passThrough passwordless
  author authors authority authorId authMethod authType auth_provider requiresAuth keyboard key keys cacheKey publicKey primaryKey
  public_key keyId sortKey keyName monkey turkey cookieCount cookieName cookieParser cookiesEnabled
  secretary secretaries secretName secretVersion passwordLength password_length hasPassword isPassword hasToken needsPassword
  passwordChangedAt password_changed_at passwordExpiresIn passwordPolicy passwordStrength passwordRequired minPasswordLength
  tokenType token_type tokenExpiresIn tokenExpiry tokenUrl token_endpoint tokenBucket tokenizer tokenize tokenIssuer
  pinned pinning mapPin shipping spinner panel pane span pandas japan sessionCount sessions session sessionDuration
  signal signatureAlgorithm signed design assigned sidebar inside side card cardType cards cardHolder discard
  description code statusCode errorCode countryCode zipCode id requestId userId user.name name email phone url path method
  status outcome durationMs level time msg message stack traceId spanId service env hostname pid address city
  credentialType authorizationStatus jwtIssuer otpRequired cvvPresent connection connections count
  token.count password.length x y 1 42 _ - . [] é Ünïcode 名前
`
  .trim()
  .split(/\s+/)
