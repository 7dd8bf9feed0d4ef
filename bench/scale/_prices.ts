// What stores and processors cost, as published: US dollars.

export interface Prices {
  readonly name: string
  /** One million of PUT, COPY, POST and LIST. */
  readonly writes: number
  /** One million of GET and HEAD. */
  readonly reads: number
  /** One GB (10^9 bytes) for a month. */
  readonly gigabyte: number
}

/** aws.amazon.com/s3/pricing: S3 Standard, US East (N. Virginia); DELETE is free. */
export const s3: Prices = { name: 'S3 Standard', writes: 5, reads: 0.4, gigabyte: 0.023 }
/** developers.cloudflare.com/r2/pricing: Standard; PUT and LIST are class A, GET and HEAD class B, DELETE is free. */
export const r2: Prices = { name: 'R2 Standard', writes: 4.5, reads: 0.36, gigabyte: 0.015 }

/** One processor for an hour: aws.amazon.com/fargate/pricing, Linux/x86, US East, with 1 GB of memory. */
export const PROCESSOR: number = 0.04048 + 0.004445

export const SECONDS_OF_MONTH: number = 30 * 24 * 3600
