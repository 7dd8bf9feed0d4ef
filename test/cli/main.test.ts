import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/cli/commands/serve.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { profiles } from '../../src/embedded/index.ts'
import { run } from './_here.ts'

/** All but the one that shells call. */
const commands = makeProgram()
  .commands.map((command) => ({ name: command.name() }))
  .filter(({ name }) => name !== 'complete')

function helpOf(name: string): string {
  let text = ''
  const command = makeProgram().commands.find((one) => one.name() === name)!
  command.configureOutput({
    writeOut(part) {
      text += part
    },
    getOutHelpWidth: () => 80,
  })
  command.outputHelp()
  return text
}

test.each(['--version', '-V', 'version'])('%s is the version', async (flag) => {
  const { code, stdout } = await run(flag)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
})

describe('help', () => {
  test('of a command comes by "help", too', async () => {
    expect((await run('help')).stdout).toBe((await run('--help')).stdout)
    expect((await run('help', 'tree')).stdout).toBe((await run('tree', '--help')).stdout)
  })

  test.each([['--help'], ['-h']])('%s names the commands', async (flag) => {
    const { code, stdout, stderr } = await run(flag)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: ocilink <command>/)
    for (const name of ['tree', 'has', 'attach', 'copy', 'gateway', 'serve']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    }
  })

  test('of each command has its options, an example, and exit codes where they say something', async () => {
    for (const { name } of commands) {
      const help = helpOf(name)
      expect(help, name).toMatch(new RegExp(`^Usage: ocilink ${name} `))
      expect(help, name).toMatch(new RegExp(`^Example:\n {2}ocilink ${name}`, 'm'))
      const own = help.indexOf('\nOptions:')
      const common = help.indexOf('\nOptions of every command:')
      expect(common < 0 || own < common, name).toBe(true)
      expect(help.includes('Exit codes: 0'), name).toBe(
        !['serve', 'gateway', 'explore', 'completion'].includes(name),
      )
    }
  })

  test.each(commands)('of $name is as it was read', ({ name }) => {
    expect(helpOf(name)).toMatchSnapshot()
  })
})

describe('options of every command', () => {
  test('stand before the command too, and count less there than behind it', async () => {
    const none = '127.0.0.1:1/a/b'
    const before = await run('--json', '--timeout', '5', 'has', none)
    expect(before).toMatchObject({ code: 2, stdout: '' })
    expect(JSON.parse(before.stderr)).toMatchObject({ error: { code: 'CONNECTION' } })
    const https = await run('--plain-http', '--config', '/nowhere', 'has', none, '--no-plain-http')
    expect(https.stderr).toContain('HEAD https://127.0.0.1:1/')
    expect((await run('--no-plain-http', 'has', none)).stderr).toContain(
      'HEAD https://127.0.0.1:1/',
    )
    const { stdout } = await run('--json', 'version')
    expect(JSON.parse(stdout)).toEqual({ version: expect.any(String) })
  })

  test.each([
    ['--json', 'completion', 'bash'],
    ['--timeout=1', 'serve'],
    ['--user=a', 'serve'],
    ['--depth', 'has', '127.0.0.1:1/a/b'],
  ])('%s is wrong before %s, which does not have it', async (...args) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain(`unknown option '${args[0]!.split('=')[0]}'`)
  })
})

test('every profile of the embedded registry can be served', () => {
  expect(PROFILES).toEqual(Object.keys(profiles))
})

describe('a wrong call', () => {
  test.each<[string, string[]]>([
    ["unknown command 'sreve'\n(Did you mean serve?)", ['sreve']],
    ["unknown command 'toString'", ['toString']],
    ["unknown option '--prot'\n(Did you mean --port?)", ['serve', '--prot', '1']],
    ["unknown option '-x'", ['serve', '-x']],
    ["too many arguments for 'serve'", ['serve', 'images']],
    ["option '--dir <dir>' argument missing", ['serve', '--dir']],
    ["option '--port <n>' argument 'x' is invalid", ['serve', '--port', 'x']],
    ["option '--port <n>' argument '70000' is invalid", ['serve', '--port', '70000']],
    ["option '--port <n>' argument '' is invalid", ['serve', '--port=']],
    ["required option '--upstream <host>' not specified", ['gateway']],
    ['--ca: ENOENT', ['gateway', '--upstream', 'a', '--ca', '/nowhere']],
    ['"upstream" must be a registry', ['gateway', '--upstream', 'a/b']],
    [
      "option '--concurrency <n>' argument 'x'",
      ['gateway', '--upstream', 'a', '--concurrency', 'x'],
    ],
    [
      "option '--client-header <name>' argument 'a b'",
      ['gateway', '--upstream', 'a', '--client-header', 'a b'],
    ],
    ["option '--styles <which>' argument 'b'", ['gateway', '--upstream', 'a', '--styles', 'b']],
    ["option '--profile <name>' argument 'nobody'", ['serve', '--profile', 'nobody']],
    ["option '--profile <name>' argument '__proto__'", ['serve', '--profile', '__proto__']],
    ['--name is for a directory; there is no --dir', ['serve', '--name', 'app']],
    ["missing required argument 'reference'", ['has']],
    ['"reference.name" must be', ['has', 'UPPER/x']],
    ['--user needs --password-stdin', ['has', '127.0.0.1:1/a', '--user', 'a']],
    ["required option '-t, --type <type>' not specified", ['attach', '127.0.0.1:1/a']],
    [
      'there is no way of linking "x"; there are: artifact-manifest',
      ['list', '127.0.0.1:1/a', '--as', 'x'],
    ],
    ['--annotation must be key=value, got "x"', ['attach', 'a.b/c', '-t', 'a/b', '-a', 'x']],
    ["command-argument value 'tcsh' is invalid for argument 'shell'", ['completion', 'tcsh']],
    [
      "option '--proxy <address>' argument 'ftp://a' is invalid",
      ['has', 'a', '--proxy', 'ftp://a'],
    ],
    ['--user must be <name>:<password>', ['serve', '--user', ':secret']],
    ['--user must be <name>:<password>', ['serve', '--user', 'name']],
  ])('says "%s" and ends with 3', async (message, args) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr.startsWith(`ocilink: ${message}`), stderr).toBe(true)
  })

  test('says how to get help, and without a command it is the help', async () => {
    expect((await run('serve', '--prot')).stderr).toMatch(/\nTry "ocilink serve --help"\.\n$/)
    const none = await run()
    expect([none.code, none.stdout]).toEqual([3, ''])
    expect(none.stderr).toMatch(/^Usage: ocilink/)
  })
})
