/**
 * The last step of an answer: what handlers say, spelled as the registry that is imitated spells it.
 *
 * @module
 */
import type { SpellingSettings } from './settings/settings.ts'

/** Spells an answer's headers. */
export function spelled(
  request: Request,
  response: Response,
  settings: SpellingSettings,
): Response {
  const { headers, status } = response
  const { origin } = new URL(request.url)
  if (headers.get('Content-Type') === 'application/json' && status < 400) {
    headers.set('Content-Type', settings.jsonType)
  }
  if (!settings.digestHeader) headers.delete('Docker-Content-Digest')

  const location = headers.get('Location')
  if (status === 201 && !settings.createdLocation) headers.delete('Location')
  else if (location?.startsWith('/') && settings.location === 'absolute' && status < 300) {
    headers.set('Location', `${origin}${location}`)
  }

  const link = /^<(\/[^>]*)>; rel="next"$/.exec(headers.get('Link') ?? '')
  if (link) {
    const url = settings.linkUrl === 'absolute' ? `${origin}${link[1]}` : link[1]!
    headers.set('Link', links[settings.link](url))
  }
  for (const [name, value] of Object.entries(settings.headers)) headers.set(name, value)
  return response
}

const links: Readonly<Record<SpellingSettings['link'], (url: string) => string>> = {
  quoted: (url) => `<${url}>; rel="next"`,
  unquoted: (url) => `<${url}>; rel=next`,
  bare: (url) => `${url}; rel="next"`,
}
