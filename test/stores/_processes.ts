// Processes that serve a bucket: the program, as it is built.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { S3Credentials, S3StorageOptions } from '../../src/s3/index.ts'
import { bundledProgram } from '../_bundle.ts'
import type { Send } from '../embedded/_registry.ts'

export interface ServingProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly host: string
  readonly send: Send
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>
}

/** Starts `ocilink serve --s3` on a bucket. */
export async function startProcess(
  { endpoint, bucket, prefix, credentials }: S3StorageOptions,
  ...more: readonly string[]
): Promise<ServingProcess> {
  const { accessKeyId, secretAccessKey } = credentials as S3Credentials
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const place = `${endpoint}/${bucket}/${prefix}`
  const args = [await bundledProgram(), 'serve', '--s3', place, ...more]
  const env = { ...process.env, ...keys }
  // Not to the output of the tests: what stores fail with is a part of some.
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const killChild = () => child.kill('SIGKILL')
  process.once('exit', killChild)
  const [first] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`serve ended with ${code}`))),
  ])
  const url = String(first).trim()
  return {
    child,
    url,
    host: new URL(url).host,
    send: (method, path, init) => fetch(url + path, { method, ...init }),
    async kill() {
      process.removeListener('exit', killChild)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
