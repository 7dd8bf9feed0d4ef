/**
 * Options that every command has.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXIT } from './exit-codes.ts'

/** Their values. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly debug?: boolean
  readonly color?: boolean
  readonly plainHttp?: boolean
  readonly insecure?: boolean
  readonly ca?: string
  readonly proxy?: string
  readonly user?: string
  readonly passwordStdin?: boolean
  readonly config?: string
  readonly concurrency?: number
  readonly timeout?: number
}

const group = 'Options of every command:'

/** Adds those of how it speaks, also of a command that serves; help is the last of them. */
export function addSpeakingOptions(command: Command): Command {
  const help = new Option('-h, --help', 'display help for command').helpGroup(group)
  return command
    .addHelpOption(help)
    .optionsGroup(group)
    .option('--json', 'answer as JSON, and errors too, on standard error')
    .option('--quiet', 'say nothing but the answer and errors')
    .option('--debug', 'show each request, with its status and time')
    .option('--no-color', 'no colours (also: NO_COLOR in the environment)')
}

/** Adds all of them to a command that sends requests. */
export function addGlobalOptions(command: Command): void {
  addConnectionOptions(addSpeakingOptions(command)).addHelpText('after', codes)
}

/** Adds those of how registries are reached, after those of how it speaks. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--plain-http', 'speak http, also with other hosts than this machine')
    .option('--no-plain-http', 'speak https, also with this machine')
    .option(...INSECURE)
    .option('--ca <file>', 'trust the certificates in a file (PEM) too')
    .option('--proxy <address>', PROXY, proxyAddress)
    .option('--user <name>', "log in as this user (default: docker's logins)")
    .option('--password-stdin', 'read the password from standard input')
    .option('--config <dir>', "docker's directory with logins")
    .option('--concurrency <n>', 'requests at the same time', wholeNumber(1, 1000))
    .option('--timeout <seconds>', 'time for each request', wholeNumber(1, 86_400))
}

const codes: string = `
Exit codes: ${EXIT.done} done or yes, ${EXIT.no} no, ${EXIT.unknown} could not tell, ${EXIT.usage} wrong use, ${EXIT.refused} refused, ${EXIT.partly} partly done, ${EXIT.interrupted} interrupted.`

/** The option that trusts everybody. */
export const INSECURE = ['--insecure', 'accept any certificate'] as const

/** What the option is for. */
export const PROXY: string = 'go by this proxy (default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY)'

/** Reads a proxy's address, for commander. */
export function proxyAddress(text: string): string {
  const address = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return text
  throw new InvalidArgumentError('It must be an http or https address.')
}

/** Reads a whole number, for commander. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** Gathers an option that may be given more than once, for commander. */
export function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
