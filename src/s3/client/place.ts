/**
 * Where a store's objects are: addresses of keys.
 *
 * @module
 */

/** Addresses in one bucket. */
export interface Place {
  readonly bucket: string
  /** Keys of ours begin with it; `''` or ending in a slash. */
  readonly prefix: string
  /** The address of a key, or of the bucket. */
  urlOf(key: string | undefined, query?: Readonly<Record<string, string>>): string
  /** The same for errors and logs. */
  show(key: string | undefined): string
  /** A key as `x-amz-copy-source` has it. */
  sourceOf(key: string): string
}

/** What a place is made of. */
export interface PlaceOptions {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
  readonly addressing: 'path' | 'host'
}

/** Makes a place. */
export function createPlace({ endpoint, bucket, prefix, addressing }: PlaceOptions): Place {
  const base = new URL(endpoint)
  if (addressing === 'host') base.host = `${bucket}.${base.host}`
  const root = base.href.replace(/\/$/, '') + (addressing === 'path' ? `/${bucket}` : '')
  const urlOf: Place['urlOf'] = (key, query = {}) => {
    const path = key === undefined ? '' : `/${encodeKey(key)}`
    // Not URLSearchParams: its `+` for a space is another character to those who check signatures.
    const pairs = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join('='))
    const search = pairs.length > 0 ? `?${pairs.join('&')}` : ''
    return `${root}${path || (addressing === 'host' ? '/' : '')}${search}`
  }
  return {
    bucket,
    prefix,
    urlOf,
    show: (key) => urlOf(key),
    sourceOf: (key) => `/${bucket}/${encodeKey(key)}`,
  }
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}
