/**
 * The last step of an answer: what handlers say, spelled as the registry that is imitated spells it.
 *
 * @module
 */
import type { SpellingSettings } from './settings/settings.ts'
import type { Answer } from './wire/answer.ts'

/** Spells an answer's headers, for a registry at an origin. */
export function spelled(origin: string, answer: Answer, settings: SpellingSettings): Answer {
  const { headers, status } = answer
  if (headers.get('content-type') === 'application/json' && status < 400) {
    headers.set('content-type', settings.jsonType)
  }
  if (!settings.digestHeader) headers.delete('docker-content-digest')

  const location = headers.get('location')
  if (status === 201 && !settings.createdLocation) headers.delete('location')
  else if (location?.startsWith('/') && settings.location === 'absolute' && status < 300) {
    headers.set('location', `${origin}${location}`)
  }

  const link = /^<(\/[^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')
  if (link) {
    const url = settings.linkUrl === 'absolute' ? `${origin}${link[1]}` : link[1]!
    headers.set('link', links[settings.link](url))
  }
  for (const [name, value] of Object.entries(settings.headers)) {
    headers.set(name.toLowerCase(), value)
  }
  return answer
}

const links: Readonly<Record<SpellingSettings['link'], (url: string) => string>> = {
  quoted: (url) => `<${url}>; rel="next"`,
  unquoted: (url) => `<${url}>; rel=next`,
  bare: (url) => `${url}; rel="next"`,
}
