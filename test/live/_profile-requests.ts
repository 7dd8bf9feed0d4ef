// The raw requests that a real registry and its profile both get, in this order: every shape of
// manifest, listing, upload, delete and range in which registries differ. Requests go over
// node:http, because fetch tidies paths and adds headers.
import { request as httpRequest } from 'node:http'
import type { Step } from './_profile-content.ts'
import { manifestSteps } from './_profile-manifest-steps.ts'
import { uploadSteps } from './_profile-upload-steps.ts'

/** What tests compare of an answer: uuids, hosts and states are replaced, messages are dropped. */
export interface Outcome {
  readonly status: number | 'connection lost'
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export const steps: readonly Step[] = [...uploadSteps, ...manifestSteps]

/** Sends every step to `host` and returns what came back, by name of the step. */
export async function runSteps(host: string): Promise<Map<string, Outcome>> {
  const saved = new Map<string, string>()
  const outcomes = new Map<string, Outcome>()
  for (const step of steps) {
    if (outcomes.has(step.name)) throw new Error(`two steps are called "${step.name}"`)
    const path = fill(step.path, saved)
    if (path === undefined) {
      outcomes.set(step.name, { status: 'connection lost', headers: {}, body: 'not sent' })
      continue
    }
    const answer = await send(host, { ...step, path })
    const location = answer?.headers.location
    if (step.save && location) {
      const { pathname, search } = new URL(location, `http://${host}`)
      saved.set(step.save, `${pathname}${search}`)
    }
    outcomes.set(step.name, answer ? normalise(host, step.method, answer) : lost)
  }
  return outcomes
}

const lost: Outcome = { status: 'connection lost', headers: {}, body: '' }

/** The path with its saved location in; `&` after one that has no query is made a `?`. */
function fill(path: string, saved: ReadonlyMap<string, string>): string | undefined {
  const match = /^\{([^}]*)\}(?:&(.*))?$/.exec(path)
  if (!match) return path
  const location = saved.get(match[1]!)
  if (location === undefined || match[2] === undefined) return location
  return `${location}${location.includes('?') ? '&' : '?'}${match[2]}`
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

function send(host: string, step: Step): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const body = Buffer.from(step.body ?? '')
    const length = /^(?:PUT|POST|PATCH)$/.test(step.method) ? { 'Content-Length': body.length } : {}
    const headers = Object.entries(step.headers ?? {}).filter(([, value]) => value !== '')
    const request = httpRequest(
      `http://${host}`,
      {
        method: step.method,
        path: step.path,
        headers: { ...Object.fromEntries(headers), ...length },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (data: Buffer) => chunks.push(data))
        response.on('error', () => resolve(undefined))
        response.on('end', () => {
          const found = Object.entries(response.headers).map(
            ([name, value]) => [name, String(value)] as const,
          )
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(found),
            body: Buffer.concat(chunks),
          })
        })
      },
    )
    request.on('error', () => resolve(undefined))
    request.end(body)
  })
}

const compared = [
  'accept-ranges',
  'allow',
  'content-range',
  'content-type',
  'docker-content-digest',
  'etag',
  'link',
  'location',
  'oci-filters-applied',
  'oci-subject',
  'oci-tag',
  'range',
]

function normalise(host: string, method: string, answer: Answer): Outcome {
  const headers: Record<string, string> = {}
  for (const name of compared) {
    const value = answer.headers[name]
    if (value !== undefined) headers[name] = tidy(host, value)
  }
  // The length of content, not of listings, which end in a newline or do not.
  const length = answer.headers['content-length']
  const isContent = (method === 'GET' || method === 'HEAD') && headers['docker-content-digest']
  if (isContent && answer.status < 300 && length !== undefined) headers['content-length'] = length
  return { status: answer.status, headers, body: bodyOf(answer) }
}

/** Hosts, upload ids and states as placeholders: they differ from run to run. */
function tidy(host: string, text: string): string {
  return text
    .replaceAll(host, '<host>')
    .replace(/(blobs\/uploads\/)[\w-]+/, '$1<id>')
    .replace(/(_?state=)[^&]+/, '$1<state>')
}

function bodyOf({ body, status }: Answer): unknown {
  const text = body.toString()
  if (text === '') return ''
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text.length > 100 ? `${text.length} bytes` : text.trim()
  }
  const errors = (value as { errors?: { code: string }[] | null } | null)?.errors
  if (status >= 400 && Array.isArray(errors)) return { codes: errors.map(({ code }) => code) }
  const listed = (value as { manifests?: { digest: string }[] | null } | null)?.manifests
  if (Array.isArray(listed)) listed.sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return value
}
