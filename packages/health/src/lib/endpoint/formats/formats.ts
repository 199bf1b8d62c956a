import { breakwaterFormat } from './breakwater.ts'
import type { Format } from './format.ts'
import { healthJsonFormat } from './health-json.ts'
import { microprofileFormat } from './microprofile.ts'
import { plainFormat } from './plain.ts'
import { springFormat } from './spring.ts'

/**
 * How an answer is written down. `breakwater`: JSON of our own. `health+json`: the IETF draft's `application/health+json`. `plain`:
 * text. `spring`: Spring Boot's Actuator. `microprofile`: MicroProfile Health.
 */
export type HealthFormat = 'breakwater' | 'health+json' | 'plain' | 'spring' | 'microprofile'

export const FORMATS: Readonly<Record<HealthFormat, Format>> = {
  breakwater: breakwaterFormat,
  'health+json': healthJsonFormat,
  plain: plainFormat,
  spring: springFormat,
  microprofile: microprofileFormat,
}
