// Strategies of which a test says what they list.
import type { Digest, FindOptions, Referrer, Strategy } from '../../src/index.ts'
import { listing } from '../../src/registry/index.ts'
import { ociSubject } from '../../src/strategies/index.ts'

/** A strategy that lists some pages, each an array or an error to throw. */
export function lists(
  name: string,
  pages: readonly (readonly string[] | Error)[],
  seen: (event: string, options: FindOptions) => void | Promise<void> = () => {},
): Strategy {
  return {
    ...ociSubject(),
    name,
    discover: (_, subject, options) =>
      listing(async function* () {
        try {
          for (const [i, page] of pages.entries()) {
            await seen(`${name} ${i}`, options)
            if (page instanceof Error) throw page
            yield page.map((text) => referrer(name, text, subject))
          }
        } finally {
          await seen(`${name} end`, options)
        }
      }),
  }
}

/** The digest that stands for a letter of `a` to `f`. */
export const digestOf = (text: string) => `sha256:${text.repeat(64)}` as Digest

function referrer(strategy: string, text: string, subject: Digest): Referrer {
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(text),
    size: 1,
    subject: { digest: subject },
    via: [{ strategy, source: 'test', kept: 'tag' }],
    confirmed: false,
  }
}
