/**
 * The command line: verbs, options and exit codes (docs: command line). Each verb is loaded when it is asked for, so that
 * `--help` answers at once. stdout carries the result only; errors are one line on stderr.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { VERSION } from '../../version.ts'
import { Exit, Failure, failureOf, printFailure } from './failure.ts'
import { exitOnClosedPipe } from './output.ts'

const collect = (value: string, all: string[] = []): string[] => [...all, value]

const positive = (value: string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError(`'${value}' is not a whole number from 1.`)
  return number
}

const port = (value: string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0 || number > 65535)
    throw new InvalidArgumentError(`'${value}' is not a port (0 to 65535).`)
  return number
}

const oneOf =
  (...allowed: string[]) =>
  (value: string): string => {
    if (!allowed.includes(value)) throw new InvalidArgumentError(`'${value}' is none of ${allowed.join(', ')}.`)
    return value
  }

/** Options of the verbs that analyze whole captures. */
function analysing(command: Command): Command {
  return command
    .option(
      '--netlink <log>',
      "link and routing evidence: what 'ip -ts monitor link address route neigh rule' printed on the capturing host",
    )
    .option('--keys <file>', 'SSLKEYLOGFILE lines or Wireshark IKEv2 table lines (several)', collect)
    .option('--site <file>', 'site model as JSON: interfaces, prefixes, filter modes, thresholds of rules')
    .option('--profile <name>', 'decode-as profile: a JSON file, a folder of them, or a preset such as tcp-mh (several)', collect)
    .option(
      '--fail-on <severity>',
      'exit 1 when a finding is of this severity or above',
      oneOf('info', 'low', 'medium', 'high', 'critical'),
    )
}

function program(): Command {
  const top = new Command('rehome')
    .description('Which path, since when, why not the other, and whose fault: analysis of captures of multihomed hosts.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })

  const verb = (name: string, words: string): Command =>
    top
      .command(name)
      .description(words)
      .exitOverride()
      .configureOutput({ writeErr: () => {}, outputError: () => {} })

  analysing(verb('summary', 'a page for people: capture facts, sessions worst first, rehomings, findings').argument('<files...>')).action(
    async (files: string[], options) => (await import('./verbs/analysis.ts')).summary(files, options),
  )
  analysing(verb('report', 'the whole analysis as one document').argument('<files...>'))
    .option('--format <format>', 'json, markdown or html', oneOf('json', 'markdown', 'html'), 'json')
    .option('-o, --output <out>', 'write to this file instead of stdout')
    .action(async (files: string[], options) => (await import('./verbs/analysis.ts')).report(files, options))
  for (const [name, words] of [
    ['sessions', 'one line a session, worst first'],
    ['rehomings', 'one line a rehoming: when, from, to, trigger, outage'],
    ['findings', 'one line a finding'],
    ['site', 'the site model: interfaces, prefixes, routers, filter modes'],
  ] as const) {
    analysing(verb(name, words).argument('<files...>'))
      .option('--json', `print the matching part of the report as JSON`)
      .action(async (files: string[], options) => (await import('./verbs/analysis.ts')).table(name, files, options))
  }
  verb('packets', 'one line a packet, in file order')
    .argument('<files...>')
    .option('-Y, --filter <filter>', 'only packets that match this display filter')
    .option('-e, --field <field>', 'print this field (several): tab-separated columns as tshark -T fields', collect)
    .option('-c, --count <packets>', 'stop after this many packets', positive)
    .option('--format <format>', 'text, tsv or json', oneOf('text', 'tsv', 'json'))
    .option('-w, --write <file>', 'write the packets to this capture file instead: pcap where it ends in .pcap, else pcapng')
    .option('--with-secrets', 'decryption secrets that the captures hold go along into that file')
    .option('--netlink <log>', 'link log, for mh.* fields')
    .option('--keys <file>', 'key log (several)', collect)
    .option('--profile <name>', 'decode-as profile: a file, a folder or a preset (several)', collect)
    .action(async (files: string[], options) => (await import('./verbs/packets.ts')).packets(files, options))
  verb('show', "one packet's tree and bytes")
    .argument('<file>')
    .argument('<frame>', 'frame number, from 1', positive)
    .option('--keys <file>', 'key log (several)', collect)
    .option('--profile <name>', 'decode-as profile: a file, a folder or a preset (several)', collect)
    .action(async (file: string, frame: number, options) => (await import('./verbs/show.ts')).show(file, frame, options))
  verb('fields', 'the field registry: name, type, description, values')
    .option('--json', 'as JSON')
    .action(async (options) => (await import('./verbs/fields.ts')).fields(options))
  verb('export', 'session timelines and tables, or the matching packets as pcapng')
    .argument('<files...>')
    .requiredOption(
      '--to <format>',
      'csv, json, html, markdown, svg or pcapng',
      oneOf('csv', 'json', 'parquet', 'html', 'markdown', 'svg', 'pcapng'),
    )
    .requiredOption('-o, --output <out>', 'file to write')
    .option('-Y, --filter <filter>', 'only packets that match (pcapng)')
    .option('--session <id>', 'only this session')
    .option('--netlink <log>', 'link log')
    .option('--keys <file>', 'key log (several)', collect)
    .option('--profile <name>', 'decode-as profile: a file, a folder or a preset (several)', collect)
    .action(async (files: string[], options) => (await import('./verbs/export.ts')).exportFiles(files, options))
  verb('interfaces', 'network interfaces of this machine: name, state, addresses')
    .option('--json', 'as JSON')
    .action(async (options) => (await import('./verbs/interfaces.ts')).interfaces(options))
  verb('serve', 'the app in a browser on loopback')
    .argument('[file]')
    .option('--port <port>', 'TCP port, 0 takes a free one', port, 0)
    .option('--netlink <log>', 'link log that belongs to FILE')
    .option('--keys <file>', 'key log (several)', collect)
    .option('--site <file>', 'site model: prefixes, routers and filter modes by interface, thresholds of rules (JSON)')
    .option('--profile <name>', 'decode-as profile: a file, a folder or a preset (several)', collect)
    .action(async (file: string | undefined, options) => (await import('./verbs/serve.ts')).serveApp(file, options))
  verb('capture', 'live capture on several interfaces: records, and says what happens while it happens')
    .requiredOption('-i, --interface <interface>', 'capture on this interface (several); a file with --backend follow', collect)
    .option('-f, --filter <bpf>', 'capture filter (pcap-filter)')
    .option('-w, --write <file>', 'record into this pcapng file')
    .option('--ring-size <mb>', 'begin the next file after so many MB', positive)
    .option('--ring-seconds <seconds>', 'begin the next file after so many seconds', positive)
    .option('--ring-files <count>', 'keep so many files, the oldest goes', positive)
    .option('--duration <seconds>', 'end after so many seconds', positive)
    .option('--until-rehoming', 'end with the first rehoming; exit 1 when there was none')
    .option(
      '--fail-on <severity>',
      'exit 1 when a finding is of this severity or above',
      oneOf('info', 'low', 'medium', 'high', 'critical'),
    )
    .option(
      '--backend <name>',
      'dumpcap, tcpdump, cap, ssh or follow (default: the best there is)',
      oneOf('dumpcap', 'tcpdump', 'cap', 'ssh', 'follow'),
    )
    .option('--remote <host>', 'capture on this host over ssh: [user@]host')
    .option('--remote-program <name>', 'dumpcap or tcpdump on that host', oneOf('dumpcap', 'tcpdump'))
    .option('--no-analysis', 'only record: everything the processor has goes to the capture')
    .option('--json', 'one JSON object a line')
    .action(async (options) => (await import('./verbs/capture.ts')).capture(options))
  return top
}

/** Commander's refusal as our one line. */
function usageFailure(error: CommanderError, argv: string[]): Failure {
  const words = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*\(?/g, ' (')
    // its own "is invalid" before our words says the value twice
    .replace(/^command-argument value '[\s\S]*?' is invalid for argument '(\w+)'\. /, "argument '$1': ")
    .replace(/^(option '[^']*') argument '[\s\S]*?' is invalid\. /, '$1: ')
  const known = program().commands.map((command) => command.name())
  const asked = argv.find((word) => !word.startsWith('-'))
  const help = asked !== undefined && known.includes(asked) ? `rehome ${asked} --help` : 'rehome --help'
  return new Failure(Exit.Usage, words, `See '${help}'.`)
}

/** Runs one command; sets the exit code and resolves when its output is written. */
export async function main(argv: string[]): Promise<void> {
  exitOnClosedPipe()
  try {
    if (argv.length === 0) throw new Failure(Exit.Usage, 'no verb given', "See 'rehome --help'.")
    await program().parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return
      const failure = usageFailure(error, argv)
      printFailure(failure)
      process.exitCode = failure.exit
      return
    }
    const failure = failureOf(error)
    if (process.env.REHOME_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    printFailure(failure)
    process.exitCode = failure.exit
  }
}
