import { OVERFLOW } from '../series/cap.ts'
import { createLabelSet, type LabelSet } from '../series/label-set.ts'

/** Whose names are used: those of Prometheus' users, or of OpenTelemetry's semantic conventions. */
export type NamesStyle = 'prometheus' | 'opentelemetry'

/** The name and help of a family. */
export interface FamilyText {
  /** Its name. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
}

/** What one style calls everything about requests. */
export interface RequestNames {
  /** How long requests took. */
  readonly duration: FamilyText
  /** Requests under way. */
  readonly inFlight: FamilyText
  /** Bytes of requests' bodies. */
  readonly requestSize: FamilyText
  /** Bytes of responses' bodies. */
  readonly responseSize: FamilyText
  /**
   * The labels of a kind of request.
   *
   * @param method One of the known ones, or `_OTHER`.
   * @param route Pattern of the route, `undefined` if none matched.
   * @param status Status code; 499 if the client went first.
   */
  labels(method: string, route: string | undefined, status: number): LabelSet
  /** The labels of the one series that takes what is beyond the cap. */
  readonly overflow: LabelSet
  /**
   * The labels of requests under way. `undefined` where all methods are one.
   *
   * @param method One of the known ones, or `_OTHER`.
   */
  inFlightLabels?(method: string): LabelSet
}

/** Route of requests that matched none. */
export const UNMATCHED = 'unmatched'
/** What nginx logs where the client closed the connection before it had its response. */
export const CLIENT_CLOSED = 499

const DURATION_HELP = 'How long HTTP requests took, until the last byte or the end of the connection.'
const IN_FLIGHT_HELP = 'HTTP requests under way.'
const REQUEST_SIZE_HELP = 'Bytes of the bodies of HTTP requests, as their heads announce them.'
const RESPONSE_SIZE_HELP = 'Bytes of the bodies of HTTP responses, as they were written to the connection.'

/** @param style Whose names are used. */
export function requestNames(style: NamesStyle): RequestNames {
  return style === 'prometheus' ? PROMETHEUS : OPENTELEMETRY
}

const PROMETHEUS: RequestNames = {
  duration: { name: 'http_request_duration_seconds', help: DURATION_HELP },
  inFlight: { name: 'http_requests_in_flight', help: IN_FLIGHT_HELP },
  requestSize: { name: 'http_request_size_bytes', help: REQUEST_SIZE_HELP },
  responseSize: { name: 'http_response_size_bytes', help: RESPONSE_SIZE_HELP },
  labels: (method, route = UNMATCHED, status) => createLabelSet({ method, route, status_code: String(status) }),
  overflow: createLabelSet({ method: OVERFLOW, route: OVERFLOW, status_code: OVERFLOW }),
}

const OPENTELEMETRY: RequestNames = {
  duration: { name: 'http_server_request_duration_seconds', help: DURATION_HELP },
  inFlight: { name: 'http_server_active_requests', help: IN_FLIGHT_HELP },
  requestSize: { name: 'http_server_request_body_size_bytes', help: REQUEST_SIZE_HELP },
  responseSize: { name: 'http_server_response_body_size_bytes', help: RESPONSE_SIZE_HELP },
  labels: (method, route, status) =>
    createLabelSet({
      http_request_method: method,
      // Conventions leave out what does not apply; to Prometheus an empty label is the same as none.
      ...(route === undefined ? {} : { http_route: route }),
      ...(status === CLIENT_CLOSED
        ? { error_type: 'aborted' }
        : {
            http_response_status_code: String(status),
            ...(status >= 500 ? { error_type: String(status) } : {}),
          }),
    }),
  overflow: createLabelSet({
    http_request_method: OVERFLOW,
    http_route: OVERFLOW,
    http_response_status_code: OVERFLOW,
  }),
  inFlightLabels: (method) => createLabelSet({ http_request_method: method }),
}
