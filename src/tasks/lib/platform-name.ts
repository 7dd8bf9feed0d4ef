/**
 * Names of platforms, `os/architecture[/variant]`, as a caller gives them (image-spec 1.1, image-index.md). Apart from
 * platform.ts, because they are checked before the rest is needed.
 *
 * @module
 */
import type { Platform } from '../../model/descriptor.ts'
import type { Check } from '../../platform/options.ts'

export const platformCheck: Check = [
  'a platform such as "linux/arm64" or "linux/arm/v7"',
  (value) => typeof value === 'string' && parsePlatform(value) !== undefined,
]

/** Spellings of one architecture, as containerd and Docker take them. */
const SAME: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  i386: '386',
}

/** One spelling for each platform: arm64 is version 8 without saying so. */
export function normal({ os, architecture = '', variant }: Platform): Platform {
  const lower = architecture.toLowerCase()
  const name = Object.hasOwn(SAME, lower) ? SAME[lower]! : lower
  const plain = variant === undefined || variant === '' || (name === 'arm64' && variant === 'v8')
  return { os: os.toLowerCase(), architecture: name, ...(!plain && { variant }) }
}

/** Reads a name; `undefined` where it is none. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([a-z0-9_.-]+)\/([a-z0-9_.-]+)(?:\/([a-z0-9_.-]+))?$/i.exec(text)
  if (!match) return undefined
  const [, os, architecture, variant] = match
  return normal({ os: os!, architecture: architecture!, ...(variant && { variant }) })
}
