// Tar archives made byte by byte (POSIX.1-2017, pax, "ustar Interchange Format"), also those that no tool writes.
export interface TarEntry {
  readonly name: string
  readonly data?: Uint8Array | string | undefined
  /** @default '0' */
  readonly type?: string | undefined
  readonly link?: string | undefined
  /** The field for the size as it should be, where it is not the data's in octal. */
  readonly size?: Uint8Array | undefined
  readonly prefix?: string | undefined
  /** @default ustar's */
  readonly magic?: string | undefined
}

const BLOCK = 512

/** A header and its body. */
export function entry({ name, data = '', type = '0', link = '', ...more }: TarEntry): Buffer {
  const body = Buffer.from(data as string)
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${body.byteLength.toString(8).padStart(11, '0')}\0`, 124)
  if (more.size) header.set(more.size, 124)
  header.write('00000000000\0', 136)
  header.write(type, 156, 'latin1')
  header.write(link, 157, 100)
  header.write(more.magic ?? 'ustar\x0000', 257, 'latin1')
  header.write(more.prefix ?? '', 345, 155)
  return Buffer.concat([withChecksum(header), padded(body)])
}

export function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

export const end: Buffer = Buffer.alloc(2 * BLOCK)

export const tar = (...entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([...entries.map(entry), end])

/** Records for the entry that follows, or for all of them. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): TarEntry {
  const data = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    const length = Buffer.byteLength(rest)
    let digits = String(length).length
    if (String(length + digits).length > digits) digits += 1
    return `${length + digits}${rest}`
  })
  return { name: 'PaxHeader', type, data: data.join('') }
}

/** A size in base 256, as GNU tar writes large ones. */
export function base256(size: number): Uint8Array {
  const field = Buffer.alloc(12)
  field.writeBigUInt64BE(BigInt(size), 4)
  field[0] = 0x80
  return field
}

function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc((BLOCK - (body.byteLength % BLOCK)) % BLOCK)])
}
