/**
 * Parser for `WWW-Authenticate` (RFC 9110, section 11.6.1): several challenges in one header, tokens
 * and quoted strings, names in any case.
 *
 * @module
 */

/** One challenge; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/
const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/
// Registries send unquoted realms such as https://host/token, which are no tokens by the RFC.
const bare = /^[^\s,"]+/

/** Takes a header apart; what cannot be read is left out, never guessed. */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = []
  let rest = header ?? ''
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '')
    const name = token.exec(rest)?.[0]
    if (!name) return challenges
    rest = rest.slice(name.length)
    const equals = /^\s*=\s*/.exec(rest)
    const current = challenges.at(-1)
    if (!equals || !current) {
      challenges.push({ scheme: name.toLowerCase(), params: new Map() })
      continue
    }
    rest = rest.slice(equals[0].length)
    const value = quoted.exec(rest) ?? bare.exec(rest)
    if (!value) return challenges
    rest = rest.slice(value[0].length)
    const text = value[1] === undefined ? value[0] : value[1].replace(/\\([\s\S])/g, '$1')
    if (!current.params.has(name.toLowerCase())) current.params.set(name.toLowerCase(), text)
  }
}
