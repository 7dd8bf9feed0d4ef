// The twelve, in the order of the page.
import { changing } from './_changing.ts'
import { finding } from './_finding.ts'
import type { Job } from './_job.ts'

const [attach, ...others] = changing

export const jobs: readonly Job[] = [attach!, ...finding, ...others]
