// The suite: every test, in the order in which it is run and shown.
import { aborts } from './aborts.ts'
import { bucket } from './bucket.ts'
import { copying } from './copying.ts'
import { dockerRegistry } from './docker-registry.ts'
import { errors } from './errors.ts'
import { files } from './files.ts'
import { finding } from './finding.ts'
import { hashing } from './hashing.ts'
import { linking } from './linking.ts'
import { logins } from './logins.ts'
import { progress } from './progress.ts'
import { reading } from './reading.ts'
import { streams } from './streams.ts'
import type { SuiteTest } from './test.ts'

export const suite: readonly SuiteTest[] = [
  ...linking,
  ...finding,
  ...reading,
  ...copying,
  ...streams,
  ...aborts,
  ...errors,
  ...logins,
  ...hashing,
  ...progress,
  ...files,
  ...bucket,
  ...dockerRegistry,
]
